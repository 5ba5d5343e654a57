// What tells one file from all others, under whatever name: its file handle (name_to_handle_at(2)), which holds
// the inode's generation; else device, inode number and birth time. Bytes, so that the node table can keep it.

import {
  AT_EMPTY_PATH,
  type FileStatus,
  name_to_handle_at,
  type PosixError,
} from '@fuseloop/native/posix'

/** First byte of an identity. */
const BY_HANDLE = 1
const BY_NUMBERS = 2
/** Kind and mount id before the handle. */
const PREFIX = 5
/** What the node table takes. */
const MOST_BYTES = 64

/** @param fd of the file, O_PATH or not @param status of the same file */
export function identityOf(fd: number, status: FileStatus): Buffer {
  return identityByHandle(fd) ?? identityByNumbers(status)
}

/** Whether an identity holds a handle, which names the file and the mount that it was found on. */
export function hasHandle(identity: Uint8Array): boolean {
  return identity[0] === BY_HANDLE
}

/** The handle in an identity, and the mount that it belongs to; undefined if it has none. */
export function handleIn(
  identity: Uint8Array,
): { mountId: number; handle: Uint8Array } | undefined {
  if (!hasHandle(identity)) return undefined
  const view = new DataView(identity.buffer, identity.byteOffset, identity.byteLength)
  return { mountId: view.getUint32(1), handle: identity.subarray(PREFIX) }
}

function identityByHandle(fd: number): Buffer | undefined {
  try {
    const { mountId, handle } = name_to_handle_at(fd, '', AT_EMPTY_PATH)
    if (PREFIX + handle.length > MOST_BYTES) return undefined
    const identity = Buffer.allocUnsafe(PREFIX + handle.length)
    identity.writeUInt8(BY_HANDLE, 0)
    identity.writeUInt32BE(mountId, 1)
    handle.copy(identity, PREFIX)
    return identity
  } catch (error) {
    // Filesystems without handles, as overlayfs by default.
    if (hasCode(error, 'ENOTSUP', 'EOPNOTSUPP', 'EOVERFLOW')) return undefined
    throw error
  }
}

/** Without the birth time, an inode number that is given again would bring back a file that is gone. */
function identityByNumbers({ dev, ino, birthtimeNs }: FileStatus): Buffer {
  const identity = Buffer.allocUnsafe(21)
  identity.writeUInt8(BY_NUMBERS, 0)
  identity.writeUInt32BE(dev, 1)
  identity.writeBigUInt64BE(BigInt(ino), 5)
  identity.writeBigUInt64BE(BigInt.asUintN(64, birthtimeNs ?? 0n), 13)
  return identity
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as PosixError | undefined)?.code ?? '')
}
