// File handles: what names a file for ever, on its filesystem, whatever its names are (open_by_handle_at(2)).

import { calls } from './calls.js'
import type { Name } from './posix-calls.js'
import { check } from './posix-error.js'

/** What name_to_handle_at() finds. */
export interface FileHandle {
  /** Of the mount it was found on, as in /proc/self/mountinfo. */
  readonly mountId: number
  /** Type and bytes, for open_by_handle_at() on this machine. Equal for the same file, different for all others. */
  readonly handle: Buffer
}

/** A type of 4 bytes and MAX_HANDLE_SZ. */
const room = Buffer.alloc(132)
const mount = new Int32Array(1)
const mountBytes = new Uint8Array(mount.buffer)

/** @param flags AT_EMPTY_PATH, AT_SYMLINK_FOLLOW @throws PosixError EOPNOTSUPP where files have no handles */
export function name_to_handle_at(directory: number, name: Name, flags = 0): FileHandle {
  const length = check(
    calls.name_to_handle_at(directory, name, flags, room, mountBytes),
    'name_to_handle_at',
    name,
  )
  return { mountId: mount[0] as number, handle: Buffer.from(room.subarray(0, length)) }
}

/**
 * Needs CAP_DAC_READ_SEARCH.
 * @param mountFd anything open on that filesystem, not O_PATH
 * @throws PosixError ESTALE for a file that is no more
 */
export function open_by_handle_at(mountFd: number, handle: Uint8Array, flags: number): number {
  return check(calls.open_by_handle_at(mountFd, handle, flags), 'open_by_handle_at')
}
