// Files and directories that no name leads to and no handle opens: a client has them open, and the descriptors of all
// workers are the process's. fstat(2) and fchmod(2) come without the client's handle.

import { readdirSync, readlinkSync } from 'node:fs'
import { AT_FDCWD, close, descriptorPath, fstatx, O_PATH, openat } from '@fuseloop/native/posix'
import { identityOf } from './identity.js'

const DESCRIPTORS = '/proc/self/fd'
/** Follows the former path of an unlinked file (proc(5)). */
const DELETED = Buffer.from(' (deleted)')

/**
 * An O_PATH descriptor of the file; undefined if nobody has it open.
 * @param source path of the source directory: nothing else is touched
 */
export function openUnlinked(source: Buffer, identity: Uint8Array): number | undefined {
  for (const name of readdirSync(DESCRIPTORS)) {
    const fd = reopenDeleted(source, Number(name))
    if (fd === undefined) continue
    if (identityOf(fd, fstatx(fd)).equals(identity)) return fd
    close(fd)
  }
  return undefined
}

function reopenDeleted(source: Buffer, fd: number): number | undefined {
  try {
    const target = readlinkSync(descriptorPath(fd), 'buffer')
    const isOurs = target.subarray(0, source.length).equals(source)
    if (!isOurs || !target.subarray(-DELETED.length).equals(DELETED)) return undefined
    return openat(AT_FDCWD, descriptorPath(fd), O_PATH)
  } catch {
    // Closed meanwhile.
    return undefined
  }
}
