// open and opendir return objects, which stay in their worker: each use checks that it comes there again.
// Reading /exit ends the worker that has it open.

import { defineFilesystem, FsError, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const FILE_SIZE = 1 << 20
let opened = 0

class Open {
  readonly id: string
  readonly worker: number
  isReleased = false

  constructor(context: RequestContext) {
    opened += 1
    this.id = `${context.worker}.${opened}`
    this.worker = context.worker
  }

  check(context: RequestContext): void {
    if (!(this instanceof Open) || this.worker !== context.worker || this.isReleased)
      throw new FsError('ENOTRECOVERABLE')
  }
}

export default defineFilesystem({
  options: EVENTS_OPTION,
  create({ options }) {
    const record = recorder(options.events)
    const open = (path: string, context: RequestContext): Open => {
      const handle = new Open(context)
      record({ event: 'open', path, id: handle.id, worker: context.worker })
      return handle
    }
    const release = (path: string, handle: Open, context: RequestContext): void => {
      handle.check(context)
      handle.isReleased = true
      record({ event: 'release', path, id: handle.id })
    }
    return {
      getattr(path) {
        if (path === '/' || path === '/folder') return { mode: 0o40755, nlink: 2 }
        return { mode: 0o100666, size: FILE_SIZE }
      },
      setattr: (_path, _changes, file, context) => (file as { handle: Open }).handle.check(context),
      open: (path, _flags, context) => ({ handle: open(path, context), directIo: true }),
      read(file, buffer, position, context) {
        const handle = file.handle as Open
        handle.check(context)
        if (file.path === '/exit') process.exit(1)
        if (position >= FILE_SIZE) return 0
        buffer.fill(context.worker)
        return Math.min(buffer.length, FILE_SIZE - position)
      },
      write(file, buffer, _position, context) {
        ;(file.handle as Open).check(context)
        return buffer.length
      },
      copy_file_range(source, _from, target, _to, length, context) {
        for (const file of [source, target]) (file.handle as Open).check(context)
        record({ event: 'copy', path: source.path, id: (source.handle as Open).id })
        return Math.min(length, FILE_SIZE)
      },
      flush: (file, context) => (file.handle as Open).check(context),
      fsync: (file, _dataOnly, context) => (file.handle as Open).check(context),
      release: (file, context) => release(file.path, file.handle as Open, context),
      opendir: (path, _flags, context) => ({ handle: open(path, context) }),
      readdir(_path, directory, _offset, context) {
        ;(directory.handle as Open).check(context)
        return Array.from({ length: 5000 }, (_, index) => `name-${index}`)
      },
      releasedir: (directory, context) =>
        release(directory.path, directory.handle as Open, context),
    }
  },
})
