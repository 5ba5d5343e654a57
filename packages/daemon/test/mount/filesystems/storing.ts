// Files that are stored when they are flushed, as remote filesystems do. A file's name says what goes wrong:
// OPERATION-CODE fails with that code, OPERATION-never does not settle, OPERATION-MS takes so many ms. What follows a
// dot only tells files apart.

import { setTimeout as delay } from 'node:timers/promises'
import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

interface Handle {
  readonly path: string
}

export default defineFilesystem({
  options: { ...EVENTS_OPTION, numbers: { type: 'boolean', default: false } },
  create({ options, worker }) {
    const record = recorder(options.events)
    const sizes = new Map<string, number>()
    const run = async (event: string, path: string): Promise<void> => {
      record({ event, path, worker })
      const [what, outcome = ''] = path.slice(1).split(/[-.]/)
      if (what !== event) return
      if (outcome === 'never') await new Promise(() => undefined)
      if (!/^\d+$/.test(outcome)) throw new FsError(outcome as 'EIO')
      await delay(Number(outcome))
      record({ event: `${event} done`, path, worker })
    }
    const open = (path: string): { handle: Handle | number; directIo?: boolean } =>
      options.numbers ? { handle: 7 } : { handle: { path } }
    return {
      async getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path.startsWith('/getattr')) await run('getattr', path)
        return { mode: 0o100666, size: sizes.get(path) ?? 0 }
      },
      readdir: () => [],
      open,
      create: open,
      read: (_file, buffer) => buffer.fill(0).byteLength,
      async write(file, buffer, position) {
        await run('write', file.path)
        sizes.set(file.path, Math.max(sizes.get(file.path) ?? 0, position + buffer.byteLength))
        return buffer.byteLength
      },
      flush: (file) => run('flush', file.path),
      fsync: (file) => run('fsync', file.path),
      release: (file) => run('release', file.path),
    }
  },
})
