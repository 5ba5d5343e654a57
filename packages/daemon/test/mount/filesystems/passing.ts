// One file, /file, whose data is that of `source/file` beside the mount. How it is opened says what its open gives: for
// reading only, the file's descriptor; with O_NOATIME that of `source/other`; else none, and the handlers serve.

import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

const { O_NOATIME, O_WRONLY, O_RDWR } = constants

export default defineFilesystem({
  options: EVENTS_OPTION,
  want: ['PASSTHROUGH'],
  create({ options }) {
    const behind = (name: string): string => join(dirname(options.events), 'source', name)
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path === '/file') return statSync(behind('file'))
        throw new FsError('ENOENT')
      },
      readdir: () => ['file'],
      open(_path, flags) {
        const handle = openSync(behind((flags & O_NOATIME) === 0 ? 'file' : 'other'), 'r+')
        return (flags & (O_WRONLY | O_RDWR)) === 0 ? { handle, backingFd: handle } : { handle }
      },
      read: (_file, _buffer, position) => Buffer.from('the handler'.slice(position)),
      write: (file, buffer, position) => writeSync(file.handle, buffer, 0, buffer.length, position),
      fsync: (file) => void fstatSync(file.handle),
      release: (file) => closeSync(file.handle),
    }
  },
})
