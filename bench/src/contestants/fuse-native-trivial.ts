// The trivial filesystem as fuse-native wants it: answered at once, on its one thread.

import { delayRead, fillPattern } from '../filesystems/slow-files.js'
import {
  attributesOf,
  CREATED_COUNT,
  createdIndex,
  ENTRY_COUNT,
  FILE_SIZE,
  findEntry,
  listMany,
  NODE,
} from '../filesystems/tree.js'
import type { FuseNativeOperations, FuseNativeStat } from './fuse-native-types.js'

const ENOENT = -2
const EPOCH = new Date(0)
const NODES: ReadonlyMap<string, number> = new Map(
  Object.entries(NODE).map(([name, node]) => [name === 'root' ? '/' : `/${name}`, node]),
)

/** Made once each, as those of the other filesystems. */
const DIRECTORY = statOf(Number(attributesOf(NODE.root).mode), 0, NODE.root)
const FILE = statOf(Number(attributesOf(NODE.data).mode), FILE_SIZE, NODE.data)
const SMALL_FILE = statOf(Number(attributesOf(NODE.data).mode), 0, CREATED_COUNT)
const MANY_NAMES = Array.from({ length: ENTRY_COUNT / 1000 }, (_, index) =>
  listMany(index * 1000)
    .slice(0, 1000)
    .map(({ name }) => name),
).flat()

export function trivialOperations(burnRounds: number): FuseNativeOperations {
  const created = new Uint8Array(CREATED_COUNT)
  return {
    getattr(path, done) {
      const node = NODES.get(path)
      if (node !== undefined) done(0, node === NODE.root || node === NODE.many ? DIRECTORY : FILE)
      else if (isEntry(path, created)) done(0, SMALL_FILE)
      else done(ENOENT)
    },
    readdir: (path, done) => done(0, path === '/many' ? MANY_NAMES : []),
    open: (_path, _flags, done) => done(0, 0),
    read(path, _fd, buffer, length, position, done) {
      delayRead(NODES.get(path) ?? NODE.data, burnRounds)
      done(fillPattern(buffer.subarray(0, length), position))
    },
    write: (_path, _fd, _buffer, length, _position, done) => done(length),
    create(path, _mode, done) {
      created[createdIndex(path.slice(1))] = 1
      done(0, 0)
    },
    unlink(path, done) {
      created[createdIndex(path.slice(1))] = 0
      done(0)
    },
    release: (_path, _fd, done) => done(0),
  }
}

function isEntry(path: string, created: Uint8Array): boolean {
  const entry = path.startsWith('/many/')
    ? findEntry(NODE.many, path.slice(6), created)
    : findEntry(NODE.root, path.slice(1), created)
  return entry !== undefined
}

function statOf(mode: number, size: number, ino: number): FuseNativeStat {
  return {
    ...{ mode, size, nlink: 1, uid: 0, gid: 0, ino, dev: 0, rdev: 0, blksize: 4096 },
    ...{ blocks: Math.ceil(size / 512), atime: EPOCH, mtime: EPOCH, ctime: EPOCH },
  }
}
