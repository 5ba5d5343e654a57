// The trivial filesystem, inode API, async handlers.

import { defineInodeFilesystem } from '@fuseloop/core'
import type { TrivialServices } from './services.js'
import { asyncHandlers } from './trivial-handlers.js'

export default defineInodeFilesystem({
  options: { burnRounds: { type: 'number', default: 0 } },
  cache: 'none',
  async create({ options, services }) {
    const table = await (services as TrivialServices).createdTable()
    return asyncHandlers(table, options.burnRounds)
  },
})
