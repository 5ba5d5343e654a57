// Attributes, of an open file where the request has one, else of the node.

import { constants } from 'node:fs'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  close,
  descriptorPath,
  type FileStatus,
  fchmodat,
  fchownat,
  fstatfs,
  fstatx,
  ftruncate,
  futimens,
  UNCHANGED,
} from '@fuseloop/native/posix'
import type { Caller } from './caller.js'
import { hasHandle } from './identity.js'
import { statusOfOpen } from './open-files.js'
import type { SourceTree } from './source-tree.js'
import type { File, Handlers, Node } from './types.js'

const { O_NONBLOCK, O_WRONLY } = constants

export function attributeHandlers(tree: SourceTree, caller: Caller): Handlers {
  const reach = <V>(node: Node, file: File | undefined, use: (fd: number) => V): V =>
    file === undefined ? tree.using(node, use) : use(file.handle)
  const status = (node: Node, file: File | undefined): FileStatus =>
    statusOfOpen(node.identity) ??
    // Open by no handle that is known: what `file` names may be closed meanwhile, and its number be another file's.
    reach(node, hasHandle(node.identity) ? undefined : file, (fd) => fstatx(fd))
  return {
    getattr: status,
    setattr: (node, changes, file, context) =>
      reach(node, file, (fd) => {
        const { uid, gid, size } = changes
        // Owner first: a change of owner clears the set-ID bits that the mode may ask for.
        // Nothing at all is a chown(2) to nobody: it clears set-ID bits too (fs/fuse/dir.c fuse_setattr()).
        if (uid !== undefined || gid !== undefined || Object.keys(changes).length === 0)
          caller.changingGroup(context, () => changeOwner(fd, uid, gid))
        // By path, which an O_PATH descriptor needs and others do not mind.
        if (changes.mode !== undefined) fchmodat(AT_FDCWD, descriptorPath(fd), changes.mode)
        if (size !== undefined) caller.changing(context, fd, () => truncate(tree, node, file, size))
        const { atime, mtime } = changes
        if (atime !== undefined || mtime !== undefined) futimens(fd, atime, mtime)
        return fstatx(fd)
      }),
    // Flags of synchronisation are for what is further away than this machine's disk.
    statx: status,
    statfs: (node) => tree.using(node, fstatfs),
  }
}

function changeOwner(fd: number, uid: number | undefined, gid: number | undefined): void {
  fchownat(fd, '', uid ?? UNCHANGED, gid ?? UNCHANGED, AT_EMPTY_PATH)
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
