// The loopback, by workers that die young while there is a file `deadly`: one of four ends every 100 ms or so. That file
// and `source`, which it shows, are beside the file that `events` names.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FilesystemDefinition } from '@fuseloop/core'
import loopback from '@fuseloop/examples/loopback'

const LIFE_MS = 400
type Create = FilesystemDefinition['create']

async function create(given: Parameters<Create>[0]): ReturnType<Create> {
  const place = dirname(String(given.options['events']))
  const source = join(place, 'source')
  setInterval(() => {
    if (existsSync(join(place, 'deadly'))) process.exit(1)
  }, LIFE_MS)
  return await loopback.create({ ...given, options: { ...given.options, source } })
}

/** All but these is the loopback's. */
const shortLived: FilesystemDefinition = Object.create(loopback, {
  options: {
    value: {
      ...loopback.options,
      source: { type: 'path' },
      events: { type: 'path', required: true },
    },
  },
  create: { value: create },
})
export default shortLived
