// The trivial filesystem, path API, sync handlers.

import { defineFilesystem, FsError, type OpenResult } from '@fuseloop/core'
import type { TrivialServices } from './services.js'
import { delayRead, readPattern } from './slow-files.js'
import { attributesOf, createdIndex, findEntry, listMany, NODE } from './tree.js'

const OPENED: OpenResult = { directIo: true }
const NODES: ReadonlyMap<string, number> = new Map(
  Object.entries(NODE).map(([name, node]) => [name === 'root' ? '/' : `/${name}`, node]),
)

export default defineFilesystem({
  options: { burnRounds: { type: 'number', default: 0 } },
  cache: 'none',
  async create({ options, services }) {
    const created = await (services as TrivialServices).createdTable()
    return {
      getattr(path) {
        const node = NODES.get(path)
        if (node !== undefined) return attributesOf(node)
        const entry = path.startsWith('/many/')
          ? findEntry(NODE.many, path.slice(6), created)
          : findEntry(NODE.root, path.slice(1), created)
        if (entry === undefined) throw new FsError('ENOENT')
        return entry.attributes
      },
      open: () => OPENED,
      read(file, buffer, position) {
        delayRead(NODES.get(file.path) ?? NODE.data, options.burnRounds)
        return readPattern(buffer, position)
      },
      write: (_file, buffer) => buffer.length,
      create(path) {
        created[creatable(path)] = 1
        return OPENED
      },
      unlink(path) {
        created[creatable(path)] = 0
      },
      readdir: (path, _directory, offset) => (path === '/many' ? listMany(Number(offset)) : []),
    }
  },
})

function creatable(path: string): number {
  const index = createdIndex(path.slice(1))
  if (index < 0) throw new FsError('EACCES')
  return index
}
