// Files whose reads block their worker's thread: /sleep-MS for that many milliseconds, which it
// records first if it is a second or more. /good answers at once.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const word = new Int32Array(new SharedArrayBuffer(4))

export default defineFilesystem({
  options: EVENTS_OPTION,
  create: ({ options }) => ({
    getattr(path) {
      if (path === '/') return { mode: 0o40755, nlink: 2 }
      if (path === '/good' || /^\/sleep-\d+$/.test(path)) return { mode: 0o100444, size: 4 }
      throw new FsError('ENOENT')
    },
    readdir: () => ['good'],
    // Every read comes to a handler.
    open: () => ({ directIo: true }),
    read(file, buffer, position) {
      const milliseconds = Number(/\d+$/.exec(file.path)?.[0] ?? 0)
      if (milliseconds > 0 && position === 0) {
        if (milliseconds >= 1000) recorder(options.events)({ path: file.path })
        Atomics.wait(word, 0, 0, milliseconds)
      }
      return Buffer.from('text').copy(buffer, 0, position)
    },
  }),
})
