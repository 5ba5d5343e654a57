// A tree in memory whose keys are the names as the framework gave them: what it lists is what it was told.

import { type Attributes, FsError, type PathHandlers } from '@fuseloop/core'

interface Thing {
  readonly mode: number
  data: Buffer
}

/** How a name is kept: as a string of its own, and back. */
export interface Text<T> {
  keyOf(text: T): string
  textOf(key: string): T
}

const S_IFDIR = 0o40000
const S_IFLNK = 0o120000
const S_IFMT = 0o170000

export function namedTree<T extends string | Buffer>({
  keyOf,
  textOf,
}: Text<T>): PathHandlers<T, number> {
  const things = new Map<string, Thing>([['/', { mode: S_IFDIR | 0o755, data: Buffer.alloc(0) }]])
  const find = (path: T): Thing => {
    const thing = things.get(keyOf(path))
    if (thing === undefined) throw new FsError('ENOENT')
    return thing
  }
  const make = (path: T, mode: number, data = Buffer.alloc(0)): void => {
    things.set(keyOf(path), { mode, data })
  }
  const remove = (path: T): void => void things.delete(keyOf(path))
  return {
    getattr: (path) => attributesOf(find(path)),
    setattr: (path, { size }) => {
      const thing = find(path)
      if (size !== undefined) thing.data = resized(thing.data, size)
    },
    mkdir: (path, mode) => make(path, S_IFDIR | mode),
    create: (path, mode) => make(path, mode),
    open: () => undefined,
    symlink: (target, path) => make(path, S_IFLNK | 0o777, Buffer.from(keyOf(target), 'utf16le')),
    readlink: (path) => textOf(find(path).data.toString('utf16le')),
    read: ({ path }, buffer, position) => find(path).data.copy(buffer, 0, position),
    write: ({ path }, buffer, position) => {
      const thing = find(path)
      thing.data = resized(thing.data, Math.max(thing.data.length, position + buffer.length))
      return buffer.copy(thing.data, position)
    },
    unlink: remove,
    rmdir: remove,
    rename: (path, newPath) => {
      const [from, to] = [keyOf(path), keyOf(newPath)]
      for (const [key, thing] of [...things]) {
        if (key !== from && !key.startsWith(`${from}/`)) continue
        things.delete(key)
        things.set(to + key.slice(from.length), thing)
      }
    },
    readdir: (path) => {
      const folder = keyOf(path).replace(/\/?$/, '/')
      return [...things.keys()]
        .filter((key) => key.startsWith(folder) && key !== folder)
        .filter((key) => !key.includes('/', folder.length))
        .map((key) => textOf(key.slice(folder.length)))
    },
  }
}

function attributesOf({ mode, data }: Thing): Attributes {
  return { mode, size: data.length, nlink: (mode & S_IFMT) === S_IFDIR ? 2 : 1 }
}

function resized(data: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size)
  data.copy(result)
  return result
}
