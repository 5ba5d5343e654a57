// Files whose reads wait until the test opens a gate: /waits[-ANYTHING] in a promise, at the gate `waits`;
// /blocks[-ANYTHING] with its worker's thread, at the gate `blocks`. Each is recorded when it begins.
// /good answers at once.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'
import { blockUntilOpen, untilOpen } from '../../support/gate.js'

export interface GateEvent {
  readonly path: string
  readonly worker: number
}

export default defineFilesystem({
  options: EVENTS_OPTION,
  create({ options, worker }) {
    const record = recorder(options.events)
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (!/^\/(good|waits|blocks)/.test(path)) throw new FsError('ENOENT')
        return { mode: 0o100444, size: 4 }
      },
      readdir: () => ['good'],
      // Every read comes to a handler.
      open: () => ({ directIo: true }),
      read(file, buffer, position) {
        const copy = (): number => Buffer.from('text').copy(buffer, 0, position)
        const [kind = ''] = file.path.slice(1).split('-')
        if (position > 0 || kind === 'good') return copy()
        record({ path: file.path, worker } satisfies GateEvent)
        if (kind === 'waits') return untilOpen(options.events, kind).then(copy)
        blockUntilOpen(options.events, kind)
        return copy()
      },
    }
  },
})
