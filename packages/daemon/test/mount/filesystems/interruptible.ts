// Files whose reads wait until their client is interrupted, in three ways; each tells what it noticed.
// /signal waits for context.signal, /poll blocks and asks context.interrupted, /ignore tells of it and answers when the
// test opens the gate of that name, /deaf never.

import { setTimeout as delay } from 'node:timers/promises'
import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'
import { untilOpen } from '../../support/gate.js'

const word = new Int32Array(new SharedArrayBuffer(4))
/** Longer than any client's deadline: one that ends sooner was interrupted. */
const LONGEST_MS = 600_000

export default defineFilesystem({
  options: EVENTS_OPTION,
  create({ options }) {
    const record = recorder(options.events)
    return {
      getattr: (path) => (path === '/' ? { mode: 0o40755, nlink: 2 } : { mode: 0o100666 }),
      open: () => ({ directIo: true }),
      // Not async as a whole: reading /poll must block.
      read(file, _buffer, _position, context) {
        const { path } = file
        record({ path, event: 'begun' })
        if (path === '/poll') {
          for (let round = 0; round < LONGEST_MS / 5 && !context.interrupted; round += 1)
            Atomics.wait(word, 0, 0, 5)
          record({ path, event: 'ended', interrupted: context.interrupted })
          throw new FsError('EINTR')
        }
        const { signal } = context
        if (path === '/ignore') {
          const told = setInterval(() => {
            if (!context.interrupted) return
            clearInterval(told)
            record({ path, event: 'told' })
          }, 5)
          return untilOpen(options.events, 'ignore').then(() => {
            clearInterval(told)
            record({ path, event: 'ended', interrupted: context.interrupted })
            return 0
          })
        }
        if (path === '/deaf') return new Promise<number>(() => undefined)
        if (path !== '/signal') return 0
        return delay(LONGEST_MS, undefined, { signal }).then(
          () => 0,
          () => {
            record({
              path,
              event: 'ended',
              interrupted: context.interrupted,
              aborted: signal.aborted,
            })
            throw signal.reason
          },
        )
      },
      // Left to its own end: a mutation is not cancelled for a signal.
      write(file, buffer, _position, context) {
        record({ path: file.path, event: 'begun' })
        return delay(500).then(() => {
          record({ path: file.path, event: 'ended', interrupted: context.interrupted })
          return buffer.length
        })
      },
    }
  },
})
