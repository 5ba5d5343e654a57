// Open files: each is one descriptor of the process, which any worker uses.

import { constants } from 'node:fs'
import type { Entry, OpenResult } from '@fuseloop/core'
import {
  close,
  closeShared,
  copy_file_range,
  fallocate,
  fdatasync,
  fsync,
  lseek,
  O_TMPFILE,
  openat,
  pread,
  pwrite,
  syncfs,
} from '@fuseloop/native/posix'
import type { Caller } from './caller.js'
import { hasCode } from './identity.js'
import { shared } from './open-files.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers, Node } from './types.js'

const { O_APPEND, O_CREAT, O_DIRECT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } =
  constants
/**
 * Flags that are the kernel's business: it has found or made the name, and gives each write its offset, which
 * O_APPEND would ignore (pwrite(2)). O_DIRECT asks for aligned buffers and lengths, which a request's are not.
 */
const KERNEL_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_APPEND | O_DIRECT

/** @param passes whether the kernel is given the descriptors, to read and write by itself */
export function fileHandlers(tree: SourceTree, caller: Caller, passes: boolean): Handlers {
  const opened = (handle: number): OpenResult<number> =>
    passes ? { handle, backingFd: handle } : { handle }
  // Each field by its name: an object that is made by spreads has a hidden class of its own, which all who look at it pay.
  const made = (handle: number): OpenResult<number> & Entry => {
    const { identity, attributes } = tree.entryOf(handle)
    shared(handle, identity)
    return passes
      ? { identity, attributes, handle, backingFd: handle }
      : { identity, attributes, handle }
  }
  return {
    open(node, flags, context) {
      const open = (): number => shared(openFile(tree, node, flags), node.identity)
      // O_TRUNC is a change.
      if (!context.killSuidGid) return opened(open())
      return opened(tree.using(node, (named) => caller.changing(context, named, open)))
    },
    create: (parent, name, mode, flags, context) =>
      tree.using(parent, (directory) => {
        const make = (): number =>
          openat(directory, name, (flags & ~KERNEL_FLAGS) | O_NOFOLLOW | O_CREAT | O_EXCL, mode)
        return made(orExisting(directory, name, flags, () => caller.as(context, make)))
      }),
    tmpfile: (parent, mode, flags, context) =>
      tree.using(parent, (directory) => {
        // With O_EXCL it can never be linked (open(2)).
        const wanted = (flags & ~KERNEL_FLAGS) | (flags & O_EXCL) | O_TMPFILE
        return made(caller.as(context, () => openat(directory, '.', wanted, mode)))
      }),
    read: (file, buffer, position) => readAll(file.handle, buffer, position),
    write: ({ handle }, buffer, position, context) =>
      caller.changing(context, handle, () => writeAll(handle, buffer, position)),
    fallocate: (file, mode, offset, length) => fallocate(file.handle, mode, offset, length),
    lseek: (file, offset, whence) => lseek(file.handle, offset, whence),
    copy_file_range: (source, position, target, targetPosition, length) =>
      copy_file_range(source.handle, position, target.handle, targetPosition, length),
    release: (file) => closeShared(file.handle),
    fsync: (file, dataOnly) => (dataOnly ? fdatasync(file.handle) : fsync(file.handle)),
    syncfs(node) {
      const fd = tree.open(node, O_RDONLY | O_NONBLOCK)
      try {
        syncfs(fd)
      } finally {
        close(fd)
      }
    },
  }
}

function openFile(tree: SourceTree, node: Node, flags: number): number {
  const wanted = (flags & ~KERNEL_FLAGS) | O_NOFOLLOW
  try {
    return tree.open(node, wanted)
  } catch (error) {
    // A file that can only be appended to (chattr +a) opens for nothing else.
    if (!hasCode(error, 'EPERM') || (flags & O_APPEND) === 0) throw error
    return tree.open(node, wanted | O_APPEND)
  }
}

/** The kernel takes less than it has asked for as the end of the file: to sources that read short it must not show. */
function readAll(fd: number, buffer: Buffer, position: number): number {
  let read = pread(fd, buffer, position)
  for (let count = read; count > 0 && read < buffer.length; read += count)
    count = pread(fd, buffer.subarray(read), position + read)
  return read
}

/** What does not fit any more is told by the next call: a part is written before. */
function writeAll(fd: number, buffer: Buffer, position: number): number {
  let written = pwrite(fd, buffer, position)
  while (written > 0 && written < buffer.length) {
    try {
      written += pwrite(fd, buffer.subarray(written), position + written)
    } catch {
      break
    }
  }
  return written
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
