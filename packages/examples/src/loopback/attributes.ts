// Attributes, of an open file where the request has one, else of the node.

import { constants } from 'node:fs'
import type { AttributeChanges } from '@fuseloop/core'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  close,
  descriptorPath,
  fchmodat,
  fchownat,
  fstatfs,
  fstatx,
  ftruncate,
  futimens,
  UNCHANGED,
} from '@fuseloop/native/posix'
import type { SourceTree } from './source-tree.js'
import type { File, Handlers, Node } from './types.js'

const { O_NONBLOCK, O_WRONLY } = constants

export function attributeHandlers(tree: SourceTree): Handlers {
  const reach = <V>(node: Node, file: File | undefined, use: (fd: number) => V): V =>
    file === undefined ? tree.using(node, use) : use(file.handle)
  return {
    getattr: (node, file) => reach(node, file, (fd) => fstatx(fd)),
    setattr: (node, changes, file) =>
      reach(node, file, (fd) => {
        changeOwnerAndMode(fd, changes)
        if (changes.size !== undefined) truncate(tree, node, file, changes.size)
        const { atime, mtime } = changes
        if (atime !== undefined || mtime !== undefined) futimens(fd, atime, mtime)
        return fstatx(fd)
      }),
    statfs: (node) => tree.using(node, fstatfs),
  }
}

/** Owner first: a change of owner clears the set-ID bits that `mode` may ask for. */
function changeOwnerAndMode(fd: number, { uid, gid, mode }: AttributeChanges): void {
  if (uid !== undefined || gid !== undefined)
    fchownat(fd, '', uid ?? UNCHANGED, gid ?? UNCHANGED, AT_EMPTY_PATH)
  // By path, which an O_PATH descriptor needs and others do not mind.
  if (mode !== undefined) fchmodat(AT_FDCWD, descriptorPath(fd), mode)
}

function truncate(tree: SourceTree, node: Node, file: File | undefined, size: number): void {
  if (file !== undefined) {
    ftruncate(file.handle, size)
    return
  }
  const fd = tree.open(node, O_WRONLY | O_NONBLOCK)
  try {
    ftruncate(fd, size)
  } finally {
    close(fd)
  }
}
