// Workers that block in what came to them from elsewhere: each listens at a socket, whose name it records with what it
// serves. `block` keeps its thread for ever, `settle` ends the reads of /late that wait in it first, and
// blocks before its event loop goes on. /good answers at once.

import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const word = new Int32Array(new SharedArrayBuffer(4))

export default defineFilesystem({
  options: EVENTS_OPTION,
  create({ options }) {
    const record = recorder(options.events)
    const socket = join(dirname(options.events), `worker-${threadId}`)
    let waiting: (() => void)[] = []
    const block = (): void => {
      record({ event: 'blocks', socket })
      Atomics.wait(word, 0, 0)
    }
    const onOrder = (order: string): void => {
      for (const settle of waiting) settle()
      waiting = []
      // After the promises, and before the event loop waits again.
      if (order === 'settle') setImmediate(block)
      else block()
    }
    const server = createServer((client) => {
      client.setEncoding('utf8').on('data', onOrder)
      client.on('error', () => undefined)
    })
    server.listen(socket).unref()
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path === '/good' || path === '/late') return { mode: 0o100444, size: 4 }
        throw new FsError('ENOENT')
      },
      open: () => ({ directIo: true }),
      read(file, buffer, position) {
        const copy = (): number => Buffer.from('text').copy(buffer, 0, position)
        if (file.path !== '/late' || position > 0) {
          record({ event: 'serves', socket })
          return copy()
        }
        return new Promise((resolve) => {
          waiting.push(() => resolve(copy()))
          record({ event: 'waits', socket })
        })
      },
    }
  },
})
