// An inode filesystem whose every name exists, and which tells when the kernel forgets one.

import { defineInodeFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

export default defineInodeFilesystem({
  options: { ...EVENTS_OPTION, tag: { type: 'string', default: '' } },
  create({ options, worker }) {
    const record = recorder(options.events)
    return {
      lookup: (_parent, name) => ({
        identity: Buffer.from(`${options.tag}:${name}`),
        attributes: { mode: 0o100444, size: 4 },
      }),
      getattr: (node) => (node.nodeid === 1 ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444 }),
      forget: (nodes) =>
        record({
          worker,
          nodes: nodes.map(({ nodeid, identity }) => ({
            nodeid,
            identity: Buffer.from(identity).toString(),
          })),
        }),
    }
  },
})
