// Extended attributes of an open descriptor (a number), or of a path, followed to its end: `descriptorPath`
// for an O_PATH descriptor.

import { calls } from './calls.js'
import type { Name } from './posix-calls.js'
import { check } from './posix-error.js'

type Target = number | Name

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of include/uapi/linux/limits.h. */
const MOST = 65_536

/** @throws PosixError ENODATA when there is none of this name */
export function getxattr(target: Target, name: Name): Buffer {
  return whole('getxattr', name, (value) =>
    typeof target === 'number'
      ? calls.fgetxattr(target, name, value)
      : calls.getxattr(target, name, value),
  )
}

/** Length of the value without reading it. */
export function getxattrSize(target: Target, name: Name): number {
  const size =
    typeof target === 'number' ? calls.fgetxattr(target, name) : calls.getxattr(target, name)
  return check(size, 'getxattr', name)
}

/** @param flags XATTR_CREATE or XATTR_REPLACE */
export function setxattr(target: Target, name: Name, value: Uint8Array, flags = 0): void {
  const result =
    typeof target === 'number'
      ? calls.fsetxattr(target, name, value, flags)
      : calls.setxattr(target, name, value, flags)
  check(result, 'setxattr', name)
}

/** All names, each with a NUL behind it. */
export function listxattr(target: Target): Buffer {
  return whole('listxattr', undefined, (names) =>
    typeof target === 'number' ? calls.flistxattr(target, names) : calls.listxattr(target, names),
  )
}

/** @throws PosixError ENODATA when there is none of this name */
export function removexattr(target: Target, name: Name): void {
  const result =
    typeof target === 'number' ? calls.fremovexattr(target, name) : calls.removexattr(target, name)
  check(result, 'removexattr', name)
}

function whole(
  syscall: string,
  name: Name | undefined,
  read: (target: Uint8Array) => number,
): Buffer {
  const small = Buffer.allocUnsafe(512)
  let length = read(small)
  if (length >= 0) return small.subarray(0, length)
  if (calls.errnoName(-length) !== 'ERANGE') check(length, syscall, name)
  const large = Buffer.allocUnsafe(MOST)
  length = check(read(large), syscall, name)
  return large.subarray(0, length)
}
