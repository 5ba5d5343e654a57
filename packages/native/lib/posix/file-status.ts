// statx(2): what a file is, decoded from the kernel's struct statx (include/uapi/linux/stat.h).

import { calls } from './calls.js'
import { AT_EMPTY_PATH, STATX_BASIC_STATS, STATX_BTIME } from './constants.js'
import type { Name } from './posix-calls.js'
import { check } from './posix-error.js'

/** Usable as `Attributes` of @fuseloop/core. Integers above 2^53-1 are bigints. Times: ns since the epoch. */
export interface FileStatus {
  /** STATX_* of what is filled in. */
  readonly mask: number
  /** File type and permissions. */
  readonly mode: number
  /** Names of the file. */
  readonly nlink: number
  /** Owner. */
  readonly uid: number
  /** Group. */
  readonly gid: number
  /** Unique within `dev`. */
  readonly ino: number | bigint
  /** Bytes. */
  readonly size: number | bigint
  /** Units of 512 bytes. */
  readonly blocks: number | bigint
  /** Preferred length of an I/O, bytes. */
  readonly blksize: number
  /** In the kernel's 32-bit encoding, as `dev`. */
  readonly rdev: number
  /** The device that the file is on. */
  readonly dev: number
  /** Of the last access. */
  readonly atimeNs: bigint
  /** Of the last change of the data. */
  readonly mtimeNs: bigint
  /** Of the last change of data or attributes. */
  readonly ctimeNs: bigint
  /** Birth; undefined where the filesystem keeps none. */
  readonly birthtimeNs: bigint | undefined
  /** STATX_ATTR_*, and which of them the filesystem knows. */
  readonly attributes: bigint
  /** STATX_ATTR_* that the filesystem knows. */
  readonly attributesMask: bigint
  /** 0 before Linux 5.8. */
  readonly mountId: number | bigint
}

const LENGTH = 256
/** One per thread: a call is decoded before the next one begins. */
const bytes = new Uint8Array(LENGTH)
const view = new DataView(bytes.buffer)
// Linux with Node.js is little-endian but for s390x.
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * @param flags AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_STATX_*
 * @param mask STATX_* of what is wanted
 */
export function statx(
  directory: number,
  name: Name,
  flags: number,
  mask: number = STATX_BASIC_STATS | STATX_BTIME,
): FileStatus {
  check(calls.statx(directory, name, flags, mask, bytes), 'statx', name)
  return decodeStatus()
}

/** Of a descriptor, O_PATH or not. */
export function fstatx(fd: number, mask: number = STATX_BASIC_STATS | STATX_BTIME): FileStatus {
  check(calls.statx(fd, '', AT_EMPTY_PATH, mask, bytes), 'statx')
  return decodeStatus()
}

/** Of a file shared by `identity` (shareFd()), whichever thread has opened it; undefined if there is none. */
export function statxShared(
  identity: Uint8Array,
  mask: number = STATX_BASIC_STATS | STATX_BTIME,
): FileStatus | undefined {
  const result = check(calls.statShared(identity, mask, bytes), 'statx')
  return result === 0 ? decodeStatus() : undefined
}

function decodeStatus(): FileStatus {
  const mask = view.getUint32(0x00, LITTLE)
  return {
    mask,
    mode: view.getUint16(0x1c, LITTLE),
    nlink: view.getUint32(0x10, LITTLE),
    uid: view.getUint32(0x14, LITTLE),
    gid: view.getUint32(0x18, LITTLE),
    ino: integer(0x20),
    size: integer(0x28),
    blocks: integer(0x30),
    blksize: view.getUint32(0x04, LITTLE),
    rdev: device(0x80),
    dev: device(0x88),
    atimeNs: time(0x40),
    mtimeNs: time(0x70),
    ctimeNs: time(0x60),
    birthtimeNs: (mask & STATX_BTIME) === 0 ? undefined : time(0x50),
    attributes: view.getBigUint64(0x08, LITTLE),
    attributesMask: view.getBigUint64(0x38, LITTLE),
    mountId: integer(0x90),
  }
}

function integer(offset: number): number | bigint {
  const high = view.getUint32(offset + (LITTLE ? 4 : 0), LITTLE)
  const low = view.getUint32(offset + (LITTLE ? 0 : 4), LITTLE)
  return high < 0x200000 ? high * 0x1_0000_0000 + low : view.getBigUint64(offset, LITTLE)
}

/** struct statx_timestamp */
function time(offset: number): bigint {
  return (
    view.getBigInt64(offset, LITTLE) * 1_000_000_000n + BigInt(view.getUint32(offset + 8, LITTLE))
  )
}

/** include/linux/kdev_t.h new_encode_dev() */
function device(offset: number): number {
  const major = view.getUint32(offset, LITTLE)
  const minor = view.getUint32(offset + 4, LITTLE)
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
}
