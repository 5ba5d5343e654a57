// Open files: each is one descriptor of the process, which any worker uses.

import { constants } from 'node:fs'
import { close, fdatasync, fsync, openat, pread, pwrite } from '@fuseloop/native/posix'
import type { Caller } from './caller.js'
import { hasCode } from './identity.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers } from './types.js'

const { O_APPEND, O_CREAT, O_DIRECT, O_EXCL, O_NOCTTY, O_NOFOLLOW } = constants
/**
 * Flags that are the kernel's business: it has found or made the name, and gives each write its offset, which
 * O_APPEND would ignore (pwrite(2)). O_DIRECT asks for aligned buffers and lengths, which a request's are not.
 */
const KERNEL_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_APPEND | O_DIRECT

export function fileHandlers(tree: SourceTree, caller: Caller): Handlers {
  return {
    open: (node, flags) => tree.open(node, (flags & ~KERNEL_FLAGS) | O_NOFOLLOW),
    create: (parent, name, mode, flags, context) =>
      tree.using(parent, (directory) => {
        const make = (): number =>
          openat(directory, name, (flags & ~KERNEL_FLAGS) | O_NOFOLLOW | O_CREAT | O_EXCL, mode)
        const handle = orExisting(directory, name, flags, () => caller.as(context, make))
        return { ...tree.entryOf(handle), handle }
      }),
    read: (file, buffer, position) => pread(file.handle, buffer, position),
    write(file, buffer, position) {
      let written = pwrite(file.handle, buffer, position)
      // The kernel takes a short write for an error of the medium.
      while (written < buffer.length)
        written += pwrite(file.handle, buffer.subarray(written), position + written)
      return written
    },
    release: (file) => close(file.handle),
    fsync: (file, dataOnly) => (dataOnly ? fdatasync(file.handle) : fsync(file.handle)),
  }
}

/** What somebody else has made meanwhile is opened as it is, but for O_EXCL. */
function orExisting(directory: number, name: Buffer, flags: number, make: () => number): number {
  try {
    return make()
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || (flags & O_EXCL) !== 0) throw error
    return openat(directory, name, (flags & ~KERNEL_FLAGS) | O_NOFOLLOW)
  }
}
