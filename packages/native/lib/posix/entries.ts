// Calls on (directory, name). A directory is a descriptor or AT_FDCWD; descriptors come close-on-exec.

import { constants } from 'node:os'
import { calls } from './calls.js'
import { AT_EACCESS } from './constants.js'
import type { Name } from './posix-calls.js'
import { check } from './posix-error.js'

/** @param mode of a file that is made (O_CREAT, O_TMPFILE), less the thread's umask */
export function openat(directory: number, name: Name, flags: number, mode = 0): number {
  return check(calls.openat(directory, name, flags, mode), 'openat', name)
}

/** As `openat`; undefined where there is nothing of that name, which costs less than an error. */
export function openatIfThere(directory: number, name: Name, flags: number): number | undefined {
  const result = calls.openat(directory, name, flags, 0)
  return result === -constants.errno.ENOENT ? undefined : check(result, 'openat', name)
}

/** @param resolve RESOLVE_* @throws PosixError ENOSYS before Linux 5.6 */
export function openat2(directory: number, name: Name, flags: number, resolve: number): number {
  return check(calls.openat2(directory, name, flags, resolve), 'openat2', name)
}

/** Whatever the error, the descriptor is gone (close(2)). */
export function close(fd: number): void {
  check(calls.close(fd), 'close')
}

/** @param flags RENAME_* */
export function renameat2(
  directory: number,
  name: Name,
  newDirectory: number,
  newName: Name,
  flags = 0,
): void {
  check(calls.renameat2(directory, name, newDirectory, newName, flags), 'renameat2', name)
}

/** @param flags AT_SYMLINK_FOLLOW, or AT_EMPTY_PATH (needs CAP_DAC_READ_SEARCH) */
export function linkat(
  directory: number,
  name: Name,
  newDirectory: number,
  newName: Name,
  flags = 0,
): void {
  check(calls.linkat(directory, name, newDirectory, newName, flags), 'linkat', newName)
}

/** @param flags AT_REMOVEDIR */
export function unlinkat(directory: number, name: Name, flags = 0): void {
  check(calls.unlinkat(directory, name, flags), 'unlinkat', name)
}

/** @param mode less the thread's umask */
export function mkdirat(directory: number, name: Name, mode: number): void {
  check(calls.mkdirat(directory, name, mode), 'mkdirat', name)
}

/** @param mode with file type @param device in the kernel's 32-bit encoding, 0 for what is no device */
export function mknodat(directory: number, name: Name, mode: number, device: number): void {
  check(calls.mknodat(directory, name, mode, device), 'mknodat', name)
}

/** Makes `name` a link to `target`, which is taken as it is. */
export function symlinkat(target: Name, directory: number, name: Name): void {
  check(calls.symlinkat(target, directory, name), 'symlinkat', name)
}

/** Longest target that Linux keeps (PATH_MAX). */
const MOST_TARGET = 4096

/** Of a symbolic link, or with an empty name of the one that the descriptor (O_PATH | O_NOFOLLOW) is. */
export function readlinkat(directory: number, name: Name): Buffer {
  const target = Buffer.allocUnsafe(MOST_TARGET)
  const length = check(calls.readlinkat(directory, name, target), 'readlinkat', name)
  return target.subarray(0, length)
}

/** @param mode R_OK 4, W_OK 2, X_OK 1, F_OK 0 @param flags AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
export function faccessat(
  directory: number,
  name: Name,
  mode: number,
  flags: number = AT_EACCESS,
): void {
  check(calls.faccessat(directory, name, mode, flags), 'faccessat', name)
}

/**
 * The path of what a descriptor of this process, O_PATH or not, is open on. Calls that take no O_PATH descriptor
 * take this one; nothing but the file itself is followed (proc(5)). Needs /proc.
 */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`
}
