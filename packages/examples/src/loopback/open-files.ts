// Files and directories that clients have open. What each is takes one system call, on the descriptor that it is open
// by: whichever worker has opened it, and though another one may be closing it.

import { type FileStatus, shareFd, statxShared } from '@fuseloop/native/posix'
import { hasHandle } from './identity.js'

/**
 * Gives back `fd`, a client's open file, which is to be closed by closeShared().
 * @param identity of that file
 */
export function shared(fd: number, identity: Uint8Array): number {
  // Numbers do not tell through which mount: another one of this process may show other owners (an idmapped one).
  if (hasHandle(identity)) shareFd(fd, identity)
  return fd
}

/**
 * Status of the file of this identity, if a client has it open.
 * @returns undefined also for one that is open, but was not found by its handle
 */
export function statusOfOpen(identity: Uint8Array): FileStatus | undefined {
  return hasHandle(identity) ? statxShared(identity) : undefined
}
