// Calls that change what describes a file. For an O_PATH descriptor use `descriptorPath`, or AT_EMPTY_PATH
// where the call takes it.

import { calls } from './calls.js'
import { AT_EMPTY_PATH, AT_FDCWD } from './constants.js'
import { descriptorPath } from './entries.js'
import type { Name } from './posix-calls.js'
import { check } from './posix-error.js'

/** Leaves an owner or group as it is. */
export const UNCHANGED = 0xffffffff

/** Follows symbolic links: Linux keeps no mode of a link. */
export function fchmodat(directory: number, name: Name, mode: number): void {
  check(calls.fchmodat(directory, name, mode), 'fchmodat', name)
}

/** Not of an O_PATH descriptor. */
export function fchmod(fd: number, mode: number): void {
  check(calls.fchmod(fd, mode), 'fchmod')
}

/** @param uid,gid or UNCHANGED @param flags AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
export function fchownat(directory: number, name: Name, uid: number, gid: number, flags = 0): void {
  check(calls.fchownat(directory, name, uid, gid, flags), 'fchownat', name)
}

/** Nanoseconds since the epoch, the filesystem's own clock, or as it is. */
export type TimeUpdate = bigint | 'now' | undefined

/** include/linux/stat.h */
const UTIME_NOW = 0x3fffffff
const UTIME_OMIT = 0x3ffffffe
const SECOND = 1_000_000_000n

/** @param flags AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH (Linux 5.8) */
export function utimensat(
  directory: number,
  name: Name,
  atime: TimeUpdate,
  mtime: TimeUpdate,
  flags = 0,
): void {
  check(setTimes(directory, name, atime, mtime, flags), 'utimensat', name)
}

/** Of a descriptor, O_PATH or not. */
export function futimens(fd: number, atime: TimeUpdate, mtime: TimeUpdate): void {
  let result = setTimes(fd, '', atime, mtime, AT_EMPTY_PATH)
  // Before Linux 5.8.
  if (result < 0 && calls.errnoName(-result) === 'EINVAL')
    result = setTimes(AT_FDCWD, descriptorPath(fd), atime, mtime, 0)
  check(result, 'utimensat')
}

function setTimes(
  directory: number,
  name: Name,
  atime: TimeUpdate,
  mtime: TimeUpdate,
  flags: number,
): number {
  return calls.utimensat(
    directory,
    name,
    seconds(atime),
    nanoseconds(atime),
    seconds(mtime),
    nanoseconds(mtime),
    flags,
  )
}

/** Rounded down, so that the rest is positive. */
function seconds(time: TimeUpdate): bigint | number {
  if (typeof time !== 'bigint') return 0
  return time / SECOND - (time % SECOND < 0n ? 1n : 0n)
}

function nanoseconds(time: TimeUpdate): number {
  if (time === 'now') return UTIME_NOW
  return time === undefined ? UTIME_OMIT : Number(((time % SECOND) + SECOND) % SECOND)
}
