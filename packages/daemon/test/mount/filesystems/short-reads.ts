// One file whose reads give at most 1000 bytes, as those of sources in a network may.

import { defineFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

export const CONTENT = Buffer.from(
  Array.from({ length: 5000 }, (_, index) => `${index}\n`).join(''),
)
const MOST = 1000

export default defineFilesystem({
  options: EVENTS_OPTION,
  create: () => ({
    getattr: (path) =>
      path === '/' ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444, size: CONTENT.length },
    readdir: () => ['file'],
    // Clients then see how much there was, and no end of the file.
    open: () => ({ directIo: true }),
    read: (_file, buffer, position) =>
      CONTENT.copy(buffer, 0, position, position + Math.min(buffer.length, MOST)),
  }),
})
