// A loopback as fuse-native's users write it, with node's synchronous calls, which measured faster than the others.

import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Callback, FuseNativeOperations } from './fuse-native-types.js'

export function directoryOperations(source: string): FuseNativeOperations {
  const at = (path: string): string => join(source, path)
  return {
    getattr: (path, done) => answer(done, () => lstatSync(at(path))),
    readdir: (path, done) => answer(done, () => readdirSync(at(path))),
    open: (path, flags, done) => answer(done, () => openSync(at(path), flags & ~0o40000)),
    create: (path, mode, done) => answer(done, () => openSync(at(path), 'w+', mode)),
    unlink: (path, done) => answer(done, () => unlinkSync(at(path))),
    release: (_path, fd, done) => answer(done, () => closeSync(fd)),
    read: (_path, fd, buffer, length, position, done) =>
      count(done, () => readSync(fd, buffer, 0, length, position)),
    write: (_path, fd, buffer, length, position, done) =>
      count(done, () => writeSync(fd, buffer, 0, length, position)),
  }
}

function answer(done: Callback, call: () => unknown): void {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    done(errnoOf(error))
    return
  }
  done(0, value)
}

/** Of read and write the error and the count are one number. */
function count(done: Callback, call: () => number): void {
  let bytes: number
  try {
    bytes = call()
  } catch (error) {
    bytes = errnoOf(error)
  }
  done(bytes)
}

function errnoOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code as keyof typeof constants.errno
  return -(constants.errno[code] ?? constants.errno.EIO)
}
