// Open files that all threads find by what tells them from others (statxShared()), and that any thread closes: nobody
// who asks is left with a number that is another file's by then.

import { calls } from './calls.js'
import { check } from './posix-error.js'

/**
 * The descriptor is used as before, but closed by closeShared() alone.
 * @param identity bytes that no other file of the process has while this one is open; several descriptors may share it
 */
export function shareFd(fd: number, identity: Uint8Array): void {
  check(calls.shareFd(fd, identity), 'shareFd')
}

/** Closes a descriptor, shared or not: at once, or when those who ask about the file are done. */
export function closeShared(fd: number): void {
  check(calls.closeShared(fd), 'close')
}
