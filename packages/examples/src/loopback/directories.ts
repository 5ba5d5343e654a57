// Open directories: each is one descriptor, read by getdents64(2).

import { constants } from 'node:fs'
import type { DirectoryEntry } from '@fuseloop/core'
import {
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  close,
  type Dirent,
  fdatasync,
  fsync,
  getdents64,
  parseDirents,
  seekdir,
  statx,
} from '@fuseloop/native/posix'
import { hasCode } from './identity.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers } from './types.js'

const { O_DIRECTORY, O_RDONLY } = constants
const PIECE = 65_536
const DT_UNKNOWN = 0

export function directoryHandlers(tree: SourceTree): Handlers {
  return {
    opendir: (node) => tree.open(node, O_RDONLY | O_DIRECTORY),
    readdir: (directory) => listing(directory.handle),
    releasedir: (directory) => close(directory.handle),
    fsyncdir: (directory, dataOnly) =>
      dataOnly ? fdatasync(directory.handle) : fsync(directory.handle),
  }
}

function* listing(fd: number): Generator<DirectoryEntry<Buffer>, void> {
  const records = new Uint8Array(PIECE)
  seekdir(fd, 0)
  for (let length = getdents64(fd, records); length > 0; length = getdents64(fd, records)) {
    for (const dirent of parseDirents(records, length)) {
      const entry = describe(fd, dirent)
      if (entry !== undefined) yield entry
    }
  }
}

/** undefined for what was removed since it was listed. */
function describe(fd: number, dirent: Dirent): DirectoryEntry<Buffer> | undefined {
  const { name, ino, type } = dirent
  if (type !== DT_UNKNOWN) return { name, attributes: { mode: type << 12, ino } }
  try {
    return { name, attributes: statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
