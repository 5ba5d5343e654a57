// The trivial filesystem, inode API, sync handlers.

import { defineInodeFilesystem } from '@fuseloop/core'
import type { TrivialServices } from './services.js'
import { syncHandlers } from './trivial-handlers.js'

export default defineInodeFilesystem({
  options: { burnRounds: { type: 'number', default: 0 } },
  cache: 'none',
  async create({ options, services }) {
    const table = await (services as TrivialServices).createdTable()
    return syncHandlers(table, options.burnRounds)
  },
})
