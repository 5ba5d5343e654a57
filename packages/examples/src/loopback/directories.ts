// Open directories: each is one descriptor, read by getdents64(2) from the cookie that the client has come to, so
// that a listing takes the same memory however long it is, and any worker goes on with it.

import { constants } from 'node:fs'
import type { DirectoryEntry, Entry } from '@fuseloop/core'
import {
  closeShared,
  type Dirent,
  fdatasync,
  fsync,
  getdents64,
  parseDirents,
  seekdir,
} from '@fuseloop/native/posix'
import { hasCode } from './identity.js'
import { shared } from './open-files.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers } from './types.js'

const { O_DIRECTORY, O_RDONLY } = constants
/** As glibc's readdir(3) reads; much more would be read in vain, as a reply holds no more. */
const PIECE = 32_768
/** From DT_* to S_IFMT (include/linux/fs_types.h). */
const TYPE_SHIFT = 12
const DOT = 0x2e

export function directoryHandlers(tree: SourceTree): Handlers {
  return {
    opendir: (node) => shared(tree.open(node, O_RDONLY | O_DIRECTORY), node.identity),
    readdir: (directory, offset) => listing(directory.handle, offset, describe),
    readdirplus: ({ handle }, offset) =>
      listing(handle, offset, (dirent) =>
        isDots(dirent.name) ? describe(dirent) : describeFully(tree, handle, dirent),
      ),
    releasedir: (directory) => closeShared(directory.handle),
    fsyncdir: (directory, dataOnly) =>
      dataOnly ? fdatasync(directory.handle) : fsync(directory.handle),
  }
}

type Listed = DirectoryEntry<Buffer>

function* listing(
  fd: number,
  offset: number | bigint,
  describeOne: (dirent: Dirent) => Listed,
): Generator<Listed, void> {
  const records = new Uint8Array(PIECE)
  seekdir(fd, offset)
  // A handler runs to its end before another request is served here; of other workers none reads the same listing,
  // whose file position the kernel locks (fs/file.c fdget_pos()).
  for (let length = getdents64(fd, records); length > 0; length = getdents64(fd, records))
    for (const dirent of parseDirents(records, length)) yield describeOne(dirent)
}

function describe({ name, ino, type, cookie }: Dirent): Listed {
  return { name, ino, cookie, ...(type !== 0 && { type: type << TYPE_SHIFT }) }
}

/** What was removed since it was listed stays a name, as in getdents64(2). */
function describeFully(tree: SourceTree, directory: number, dirent: Dirent): Listed {
  const listed = describe(dirent)
  let entry: Entry
  try {
    entry = tree.entryAt(directory, dirent.name)
  } catch (error) {
    // Or a mount below that does not answer: the name's own LOOKUP may say so.
    if (hasCode(error, 'ENOENT', 'EACCES', 'EIO', 'ESTALE', 'ENOTCONN')) return listed
    throw error
  }
  return { ...listed, ...entry }
}

function isDots(name: Buffer): boolean {
  return name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT))
}
