// Files whose handlers are late. NAME-MS: NAME's handler takes MS milliseconds, in a promise; NAME-gate: until the test
// opens the gate NAME. /stuck-...: its read never settles. /blocks-...: its read blocks the worker's thread. /write-...
// takes its time to write.

import { setTimeout as delay } from 'node:timers/promises'
import { defineInodeFilesystem, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'
import { blockUntilOpen, untilOpen } from '../../support/gate.js'

const word = new Int32Array(new SharedArrayBuffer(4))

export default defineInodeFilesystem({
  options: EVENTS_OPTION,
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  timeouts: { default: 300, write: 0 },
  create({ options }) {
    const record = recorder(options.events)
    const note = (event: string, name: string, context?: RequestContext): void =>
      record({ event, name, interrupted: context?.interrupted })
    const wait = (method: string, name: string): Promise<void> | undefined => {
      const [given, time] = name.split('-')
      if (given !== method) return undefined
      return time === 'gate' ? untilOpen(options.events, method) : delay(Number(time))
    }
    return {
      async lookup(_parent, name) {
        if (name.startsWith('lookup')) note('lookup', name)
        await wait('lookup', name)
        return { attributes: { mode: name === 'folder' ? 0o40755 : 0o100666, size: 4096 } }
      },
      getattr: (node) => ({ mode: node.nodeid === 1 ? 0o40755 : 0o100666, size: 4096 }),
      async mkdir(_parent, name) {
        await wait('mkdir', name)
        return { attributes: { mode: 0o40755 } }
      },
      async open(node) {
        const name = node.path ?? ''
        note('open', name)
        await wait('open', name)
        return { handle: { name }, directIo: true }
      },
      release: ({ handle }) => note('release', (handle as { name: string }).name),
      read({ handle }, buffer, _position, context) {
        const { name } = handle as { name: string }
        note('read', name)
        if (name.startsWith('stuck')) return new Promise<number>(() => undefined)
        if (name.startsWith('blocks')) {
          if (name === 'blocks-gate') blockUntilOpen(options.events, 'blocks')
          else Atomics.wait(word, 0, 0, Number(name.split('-')[1]))
          note('settled', name, context)
          return buffer.fill('b').byteLength
        }
        const late = wait('read', name)
        if (late === undefined) return buffer.fill(name.charCodeAt(0)).byteLength
        return late.then(() => {
          // Into a buffer that was lent, long after the client got its errno.
          buffer.fill('L')
          note('settled', name, context)
          return buffer.byteLength
        })
      },
      async write({ handle }, buffer, _position, context) {
        const { name } = handle as { name: string }
        note('write', name)
        await wait('write', name)
        note('settled', name, context)
        return buffer.byteLength
      },
    }
  },
})
