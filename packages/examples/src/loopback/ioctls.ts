// The ioctls that lsattr(1), chattr(1) and xfs_io(8) use. The kernel has checked who may set what
// (fs/file_attr.c vfs_fileattr_set()); others are of unknown meaning to a daemon, and refused.

import { FsError } from '@fuseloop/core'
import { ioctl } from '@fuseloop/native/posix'
import type { Handlers } from './types.js'

/** include/uapi/linux/fs.h, of 64-bit callers. */
const KNOWN: ReadonlySet<number> = new Set([
  // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS: an int, though the command's bits say long.
  0x80086601, 0x40086602,
  // FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR: struct fsxattr, 28 bytes.
  0x801c581f, 0x401c5820,
  // FS_IOC_GETVERSION.
  0x80087601,
])
const MOST = 32

export function ioctlHandlers(): Handlers {
  return {
    ioctl(file, command, input, outputSize) {
      if (!KNOWN.has(command) || input.length > MOST || outputSize > MOST)
        throw new FsError('ENOTTY')
      const data = new Uint8Array(MOST)
      data.set(input)
      const result = ioctl(file.handle, command, data)
      return { result, data: data.subarray(0, outputSize) }
    },
  }
}
