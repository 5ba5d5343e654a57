// A tree whose names reach the handlers as bytes.

import { defineFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'
import { namedTree } from './named-tree.js'

export default defineFilesystem({
  options: EVENTS_OPTION,
  encoding: 'buffer',
  create: () =>
    namedTree<Buffer>({
      keyOf: (text) => text.toString('latin1'),
      textOf: (key) => Buffer.from(key, 'latin1'),
    }),
})
