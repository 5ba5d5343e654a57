// Two files that are read without being opened: no OPEN, RELEASE, OPENDIR or RELEASEDIR has a handler.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

const FILES: Readonly<Record<string, string>> = { '/one': 'first\n', '/two': 'second\n' }

export default defineFilesystem({
  options: EVENTS_OPTION,
  require: ['NO_OPEN_SUPPORT', 'NO_OPENDIR_SUPPORT'],
  want: ['CACHE_SYMLINKS', 'ALLOW_IDMAP', 'HAS_RESEND', 'HAS_EXPIRE_ONLY'],
  create: () => ({
    getattr(path) {
      if (path === '/') return { mode: 0o40755, nlink: 2 }
      const text = FILES[path]
      if (text === undefined) throw new FsError('ENOENT')
      return { mode: 0o100444, size: text.length }
    },
    readdir: () => Object.keys(FILES).map((path) => path.slice(1)),
    read: ({ path }, buffer, position) => buffer.write((FILES[path] ?? '').slice(position)),
  }),
})
