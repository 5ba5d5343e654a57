// One file in memory that records which times the kernel has it set.

import { defineFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

export default defineFilesystem({
  options: EVENTS_OPTION,
  create({ options }) {
    const record = recorder(options.events)
    let size = 0
    let mtime = 0n
    return {
      getattr: (path) =>
        path === '/' ? { mode: 0o40755, nlink: 2 } : { mode: 0o100666, size, mtimeNs: mtime },
      readdir: () => ['file'],
      setattr(_path, changes) {
        if (typeof changes.mtime !== 'bigint') return
        mtime = changes.mtime
        record({ mtime: String(mtime) })
      },
      read: (_file, buffer) => buffer.fill(0).length,
      write(_file, buffer, position) {
        size = Math.max(size, position + buffer.length)
        return buffer.length
      },
    }
  },
})
