// A directory of a million names that come as a stream, one of a few whose attributes come with them, and beside
// them files in a folder of the machine's, open as objects of their worker's: all workers agree, as none keeps state.

import * as fs from 'node:fs'
import { basename, dirname } from 'node:path'
import { type DirectoryEntry, defineFilesystem, FsError } from '@fuseloop/core'
import { linkat, renameat2 } from '@fuseloop/native/posix'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const DIRECTORY = { mode: 0o40755, nlink: 2 }
const fileOf = (index: number) => ({ mode: 0o100644, size: 7, ino: index + 100 })
const SIZES: Readonly<Record<string, number>> = { '/many': 1_000_000, '/few': 50 }
const AT_FDCWD = -100
const AT_SYMLINK_FOLLOW = 0x400

export default defineFilesystem({
  options: { ...EVENTS_OPTION, backing: { type: 'string', default: '' } },
  cache: { entryTimeoutMs: 60_000, attributesTimeoutMs: 60_000 },
  create({ options }) {
    const record = recorder(options.events)
    const beneath = (path: string): string => `${options.backing}${path}`

    function* listing(path: string, count: number, offset: number): Generator<DirectoryEntry> {
      let index = offset
      try {
        for (; index < count; index++)
          yield { name: `n${index}`, attributes: fileOf(index), cookie: index + 1 }
      } finally {
        record({ listed: path, entries: index - offset })
      }
    }

    return {
      getattr(path, file) {
        if (file !== undefined) return fs.fstatSync(file.handle.fd)
        if (path === '/' || path in SIZES) return DIRECTORY
        const count = SIZES[dirname(path)]
        if (count === undefined) return fs.lstatSync(beneath(path))
        const index = Number(basename(path).slice(1))
        if (!(index < count)) throw new FsError('ENOENT')
        return fileOf(index)
      },
      readdir(path, _directory, offset) {
        const count = SIZES[path]
        return count === undefined
          ? [...Object.keys(SIZES).map((name) => basename(name)), ...fs.readdirSync(beneath(path))]
          : listing(path, count, Number(offset))
      },
      tmpfile: (path, mode, flags) => ({
        handle: { fd: fs.openSync(beneath(path), flags & ~0o100000, mode) },
      }),
      open: (path, flags) => ({ handle: { fd: fs.openSync(beneath(path), flags & 3) } }),
      create: (path, mode, flags) => ({
        handle: { fd: fs.openSync(beneath(path), (flags & 3) | fs.constants.O_CREAT, mode) },
      }),
      setattr(path, { mode, size }, file) {
        const target = file?.handle.fd ?? beneath(path)
        if (typeof target === 'string') throw new FsError('EIO', 'not by its handle')
        if (mode !== undefined) fs.fchmodSync(target, mode)
        if (size !== undefined) fs.ftruncateSync(target, size)
      },
      link(path, newPath, file) {
        if (file === undefined) fs.linkSync(beneath(path), beneath(newPath))
        else {
          const source = `/proc/self/fd/${file.handle.fd}`
          linkat(AT_FDCWD, source, AT_FDCWD, beneath(newPath), AT_SYMLINK_FOLLOW)
        }
      },
      rename: (path, newPath, flags) =>
        renameat2(AT_FDCWD, beneath(path), AT_FDCWD, beneath(newPath), flags),
      unlink: (path) => fs.unlinkSync(beneath(path)),
      read: ({ handle }, buffer, position) =>
        fs.readSync(handle.fd, buffer, 0, buffer.length, position),
      write: ({ handle }, buffer, position) =>
        fs.writeSync(handle.fd, buffer, 0, buffer.length, position),
      release: ({ handle }) => fs.closeSync(handle.fd),
    }
  },
})
