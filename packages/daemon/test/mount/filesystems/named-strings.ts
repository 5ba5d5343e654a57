// A tree whose names reach the handlers as strings, with a lone surrogate for what is not UTF-8.

import { defineFilesystem } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'
import { namedTree } from './named-tree.js'

export default defineFilesystem({
  options: EVENTS_OPTION,
  encoding: 'utf8',
  create: () => namedTree<string>({ keyOf: (text) => text, textOf: (key) => key }),
})
