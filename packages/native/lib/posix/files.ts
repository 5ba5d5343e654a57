// Calls on open files. Offsets and lengths are safe integers or bigints up to 2^63-1.

import { calls } from './calls.js'
import type { Offset } from './posix-calls.js'
import { check, PosixError } from './posix-error.js'

/** The count read, 0 at the end. */
export function pread(fd: number, buffer: Uint8Array, position: Offset): number {
  return check(calls.pread(fd, buffer, position), 'pread')
}

/** The count written, perhaps less than all. On O_APPEND Linux ignores the position (pwrite(2)). */
export function pwrite(fd: number, buffer: Uint8Array, position: Offset): number {
  return check(calls.pwrite(fd, buffer, position), 'pwrite')
}

export function ftruncate(fd: number, length: Offset): void {
  check(calls.ftruncate(fd, length), 'ftruncate')
}

/** @param whence SEEK_* @returns the new position @throws PosixError ENXIO: no data or hole from there on */
export function lseek(fd: number, offset: Offset, whence: number): bigint {
  return BigInt(check(calls.lseek(fd, offset, whence), 'lseek'))
}

/** @param mode FALLOC_FL_* */
export function fallocate(fd: number, mode: number, offset: Offset, length: Offset): void {
  check(calls.fallocate(fd, mode, offset, length), 'fallocate')
}

/** The count copied, perhaps less than all; 0 at the end of `from`. */
export function copy_file_range(
  from: number,
  fromOffset: Offset,
  to: number,
  toOffset: Offset,
  length: Offset,
): number {
  return check(calls.copy_file_range(from, fromOffset, to, toOffset, length), 'copy_file_range')
}

export function fsync(fd: number): void {
  check(calls.fsync(fd), 'fsync')
}

export function fdatasync(fd: number): void {
  check(calls.fdatasync(fd), 'fdatasync')
}

/** Of the whole filesystem that the file is on. */
export function syncfs(fd: number): void {
  check(calls.syncfs(fd), 'syncfs')
}

/** @param request of `ioctl_list(2)` @param data what its argument points at, read and filled */
export function ioctl(fd: number, request: number, data: Uint8Array): number {
  return check(calls.ioctl(fd, request, data), 'ioctl')
}

/** Figures of a filesystem; usable as `StatfsResult` of @fuseloop/core. Blocks in units of `frsize`. */
export interface FilesystemStatus {
  readonly type: bigint
  readonly bsize: bigint
  readonly blocks: bigint
  readonly bfree: bigint
  readonly bavail: bigint
  readonly files: bigint
  readonly ffree: bigint
  readonly frsize: bigint
  readonly namelen: bigint
  /** ST_* (statfs(2)). */
  readonly flags: bigint
  readonly fsid: bigint
}

const FIELDS = [
  'type',
  'bsize',
  'blocks',
  'bfree',
  'bavail',
  'files',
  'ffree',
  'frsize',
  'namelen',
  'flags',
  'fsid',
] as const

/** Of a descriptor, O_PATH or not. */
export function fstatfs(fd: number): FilesystemStatus {
  const words = new BigUint64Array(FIELDS.length)
  check(calls.fstatfs(fd, new Uint8Array(words.buffer)), 'fstatfs')
  const figures = FIELDS.map((field, index) => [field, words[index]])
  return Object.fromEntries(figures) as FilesystemStatus
}

/** @param operation LOCK_*; of the open file description. @throws PosixError EAGAIN with LOCK_NB */
export function flock(fd: number, operation: number): void {
  check(calls.flock(fd, operation), 'flock')
}

/** A range of a file; a length of 0 reaches to the end, however far that moves. */
export interface LockRange {
  /** F_RDLCK, F_WRLCK, F_UNLCK */
  readonly type: number
  readonly start: Offset
  readonly length: Offset
}

/** A lock in the way of `range`, or undefined. Locks of the open file description itself never are. */
export function getOfdLock(fd: number, range: LockRange): LockRange | undefined {
  const words = new BigInt64Array(3)
  const conflict = new Uint8Array(words.buffer)
  check(calls.ofdLock(fd, 0, range.type, range.start, range.length, conflict), 'fcntl')
  const [type = 0n, start = 0n, length = 0n] = words
  const isFree = Number(type) === 2
  return isFree ? undefined : { type: Number(type), start, length }
}

/** @returns false where another open file description is in the way */
export function setOfdLock(fd: number, range: LockRange): boolean {
  const result = calls.ofdLock(fd, 1, range.type, range.start, range.length)
  if (result === 0) return true
  const error = new PosixError(result, 'fcntl')
  if (error.code === 'EAGAIN' || error.code === 'EACCES') return false
  throw error
}
