// Calls on open files. Offsets and lengths are safe integers or bigints up to 2^63-1.

import { calls } from './calls.js'
import type { Offset } from './posix-calls.js'
import { check } from './posix-error.js'

/** The count read, 0 at the end. */
export function pread(fd: number, buffer: Uint8Array, position: Offset): number {
  return check(calls.pread(fd, buffer, position), 'pread')
}

/** The count written, perhaps less than all. On O_APPEND Linux ignores the position (pwrite(2)). */
export function pwrite(fd: number, buffer: Uint8Array, position: Offset): number {
  return check(calls.pwrite(fd, buffer, position), 'pwrite')
}

/** @param length bytes; what is added reads as zeros */
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

/** Data and attributes are safe when it returns. */
export function fsync(fd: number): void {
  check(calls.fsync(fd), 'fsync')
}

/** As `fsync`, without attributes that reading the data does not need. */
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
  /** Magic number of the kind of filesystem (statfs(2)). */
  readonly type: bigint
  /** Preferred length of an I/O, bytes. */
  readonly bsize: bigint
  /** All blocks. */
  readonly blocks: bigint
  /** Free blocks. */
  readonly bfree: bigint
  /** Free blocks for others than root. */
  readonly bavail: bigint
  /** Files that there can be. */
  readonly files: bigint
  /** Files that can still be made. */
  readonly ffree: bigint
  /** Bytes of a block. */
  readonly frsize: bigint
  /** Longest name, bytes. */
  readonly namelen: bigint
  /** ST_* (statfs(2)). */
  readonly flags: bigint
  /** Tells filesystems apart on this machine; 0 if the kernel does not say. */
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
