// Names: they are found, made, moved and removed in the directory that their parent node stands for.

import type { Entry, RequestContext } from '@fuseloop/core'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  descriptorPath,
  linkat,
  mkdirat,
  mknodat,
  readlinkat,
  renameat2,
  symlinkat,
  unlinkat,
} from '@fuseloop/native/posix'
import type { Caller } from './caller.js'
import { hasCode } from './identity.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers, Node } from './types.js'

export function nameHandlers(tree: SourceTree, caller: Caller): Handlers {
  const make = (
    parent: Node,
    name: Buffer,
    context: RequestContext,
    call: (directory: number) => void,
  ): Entry =>
    tree.using(parent, (directory) => {
      caller.as(context, () => call(directory))
      return tree.entryAt(directory, name)
    })
  return {
    lookup: (parent, name) => tree.using(parent, (directory) => tree.findEntry(directory, name)),
    readlink: (node) => tree.using(node, (fd) => readlinkat(fd, '')),
    symlink: (parent, name, target, context) =>
      make(parent, name, context, (directory) => symlinkat(target, directory, name)),
    mknod: (parent, name, mode, rdev, context) =>
      make(parent, name, context, (directory) => mknodat(directory, name, mode, rdev)),
    mkdir: (parent, name, mode, context) =>
      make(parent, name, context, (directory) => mkdirat(directory, name, mode)),
    unlink: (parent, name) => tree.using(parent, (directory) => unlinkat(directory, name)),
    rmdir: (parent, name) =>
      tree.using(parent, (directory) => unlinkat(directory, name, AT_REMOVEDIR)),
    rename: (parent, name, newParent, newName, flags, context) =>
      tree.using(parent, (from) =>
        tree.using(newParent, (to) =>
          // As the caller, whom a whiteout belongs to.
          caller.as(context, () => renameat2(from, name, to, newName, flags)),
        ),
      ),
    link: (node, newParent, newName) =>
      tree.using(node, (fd) =>
        tree.using(newParent, (directory) => {
          linkDescriptor(fd, directory, newName)
          return tree.entryAt(directory, newName)
        }),
      ),
  }
}

/** A descriptor may be linked by itself with CAP_DAC_READ_SEARCH, by everybody through /proc (open(2)). */
function linkDescriptor(fd: number, directory: number, name: Buffer): void {
  try {
    linkat(fd, '', directory, name, AT_EMPTY_PATH)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    linkat(AT_FDCWD, descriptorPath(fd), directory, name, AT_SYMLINK_FOLLOW)
  }
}
