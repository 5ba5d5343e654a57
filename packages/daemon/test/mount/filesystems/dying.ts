// Files whose reads end their worker, or hold it. /throw, /reject, /exit, /memory: the worker dies. /loop and /wait:
// JavaScript that never ends; /pipe: a read(2) of the pipe `fifo` that nobody writes to, /pool: the same in libuv's
// pool, into the buffer that was lent. /never: a promise that never settles. /object: a handle that its worker keeps.
// Anything else tells the worker.

import { openSync, read as readCallback, readSync } from 'node:fs'
import { defineInodeFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const word = new Int32Array(new SharedArrayBuffer(4))

function holdMemory(): never {
  const held: number[][] = []
  for (;;) held.push(new Array<number>(100_000).fill(held.length))
}

export default defineInodeFilesystem({
  options: { ...EVENTS_OPTION, fifo: { type: 'path', default: '/dev/null' } },
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create({ options, worker }) {
    const note = recorder(options.events)
    const fifo = (): number => openSync(options.fifo, 'r+')
    note({ event: 'created', worker })
    const readers: Record<string, (buffer: Buffer) => number | Promise<number>> = {
      throw: () => {
        setImmediate(() => {
          throw new Error('thrown outside a request')
        })
        return new Promise<number>(() => undefined)
      },
      reject: () => {
        void Promise.reject(new Error('rejected outside a request'))
        return new Promise<number>(() => undefined)
      },
      exit: () => process.exit(3),
      memory: holdMemory,
      loop: () => {
        for (;;) word[1] = 1
      },
      wait: () => {
        Atomics.wait(word, 0, 0)
        return 0
      },
      pipe: (buffer) => readSync(fifo(), buffer),
      pool: (buffer) =>
        new Promise((resolve, reject) => {
          readCallback(fifo(), buffer, 0, buffer.byteLength, null, (error, count) =>
            error ? reject(error) : resolve(count),
          )
          note({ event: 'reading', worker })
        }),
      never: () => new Promise<number>(() => undefined),
    }
    return {
      lookup: () => ({ attributes: { mode: 0o100666, size: 4096 } }),
      getattr: (node) => ({ mode: node.nodeid === 1 ? 0o40755 : 0o100666, size: 4096 }),
      open: (node) => ({
        directIo: true,
        ...(node.path === 'object' && { handle: { name: node.path } }),
      }),
      flush: () => undefined,
      release: (file) => note({ event: 'release', name: file.node.path, worker }),
      read(file, buffer, position) {
        const name = file.node.path ?? ''
        if (position > 0) return 0
        note({ event: 'read', name, worker })
        return readers[name]?.(buffer) ?? buffer.write(String(worker))
      },
      write: (_file, buffer) => buffer.byteLength,
    }
  },
})
