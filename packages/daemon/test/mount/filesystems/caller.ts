// Tells who calls: reading any file gives its reader, and names made are recorded with their maker.

import { defineFilesystem, FsError, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const describe = ({ uid, gid, pid, umask }: RequestContext): object => ({ uid, gid, pid, umask })

export default defineFilesystem({
  options: EVENTS_OPTION,
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create({ options }) {
    const record = recorder(options.events)
    const made = new Map<string, number>()
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o41777, nlink: 2 }
        const mode = made.get(path) ?? (path === '/who' ? 0o100444 : undefined)
        if (mode === undefined) throw new FsError('ENOENT')
        return { mode }
      },
      mkdir(path, mode, context) {
        made.set(path, (mode & 0o7777) | 0o40000)
        record({ path, mode: mode & 0o7777, ...describe(context) })
      },
      create(path, mode, _flags, context) {
        made.set(path, mode)
        record({ path, mode: mode & 0o7777, ...describe(context) })
      },
      open: () => ({ directIo: true }),
      read: (_file, _buffer, position, context) =>
        position > 0 ? 0 : Buffer.from(JSON.stringify(describe(context))),
    }
  },
})
