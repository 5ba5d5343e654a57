// Tells who calls: reading any file gives its reader, and names made are recorded with their maker. The record is all
// that is kept, so that every worker knows what another has made.

import { existsSync, readFileSync } from 'node:fs'
import { defineFilesystem, FsError, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const describe = ({ uid, gid, pid, umask }: RequestContext): object => ({ uid, gid, pid, umask })

interface Made {
  readonly path: string
  readonly type: number
  readonly mode: number
}

function modeOf(events: string, path: string): number | undefined {
  if (path === '/who') return 0o100444
  const lines = existsSync(events) ? readFileSync(events, 'utf8').split('\n').filter(Boolean) : []
  const made = lines.map((line) => JSON.parse(line) as Made).find((one) => one.path === path)
  return made && made.type | made.mode
}

export default defineFilesystem({
  options: EVENTS_OPTION,
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create({ options }) {
    const record = recorder(options.events)
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o41777, nlink: 2 }
        const mode = modeOf(options.events, path)
        if (mode === undefined) throw new FsError('ENOENT')
        return { mode }
      },
      mkdir(path, mode, context) {
        record({ path, type: 0o40000, mode: mode & 0o7777, ...describe(context) })
      },
      create(path, mode, _flags, context) {
        record({ path, type: 0o100000, mode: mode & 0o7777, ...describe(context) })
      },
      open: () => ({ directIo: true }),
      read: (_file, _buffer, position, context) =>
        position > 0 ? 0 : Buffer.from(JSON.stringify(describe(context))),
    }
  },
})
