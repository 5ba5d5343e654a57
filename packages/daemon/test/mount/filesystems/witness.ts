// Tells whether the mount stood in the table of mounts while a worker was made, which takes its time.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { defineFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

export default defineFilesystem({
  options: EVENTS_OPTION,
  async create({ options, worker }) {
    const isMounted = (): boolean =>
      readFileSync('/proc/self/mountinfo', 'utf8').includes(join(dirname(options.events), 'mnt'))
    const before = isMounted()
    await delay(300)
    recorder(options.events)({ worker, isMounted: before || isMounted() })
    return {
      getattr: () => ({ mode: 0o40755, nlink: 2 }),
      readdir: () => [],
    }
  },
})
