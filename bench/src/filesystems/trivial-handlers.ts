// The trivial filesystem by the inode API: nothing is stored, so that what is measured is the way to a handler and
// back. `sync` handlers answer at once; `async` ones are the same behind an await.

import { setTimeout as delay } from 'node:timers/promises'
import { FsError, type InodeHandlers, type OpenResult } from '@fuseloop/core'
import { delayRead, readPattern } from './slow-files.js'
import {
  attributesOf,
  type CreatedTable,
  createdEntry,
  createdIndex,
  findEntry,
  listMany,
  NODE,
  nodeNumber,
} from './tree.js'

const OPENED: OpenResult = { directIo: true }

export function syncHandlers(created: CreatedTable, burnRounds: number) {
  return {
    lookup: (parent, name) => findEntry(nodeNumber(parent.identity), name, created),
    getattr: (node) => attributesOf(nodeNumber(node.identity)),
    open: () => OPENED,
    read(file, buffer, position) {
      delayRead(nodeNumber(file.node.identity), burnRounds)
      return readPattern(buffer, position)
    },
    write: (_file, buffer) => buffer.length,
    create(_parent, name) {
      const index = creatable(name)
      created[index] = 1
      return { ...createdEntry(index), ...OPENED }
    },
    unlink(_parent, name) {
      created[creatable(name)] = 0
    },
    readdir: (directory, offset) =>
      nodeNumber(directory.node.identity) === NODE.many ? listMany(Number(offset)) : [],
  } satisfies InodeHandlers
}

/** Those that workloads meet in numbers return promises. */
export function asyncHandlers(created: CreatedTable, burnRounds: number): InodeHandlers {
  const sync = syncHandlers(created, burnRounds)
  return {
    ...sync,
    async lookup(parent, name) {
      await undefined
      return sync.lookup(parent, name)
    },
    async getattr(node) {
      await undefined
      return sync.getattr(node)
    },
    async open() {
      await undefined
      return OPENED
    },
    async read(file, buffer, position) {
      if (nodeNumber(file.node.identity) === NODE.await1ms) {
        await delay(1)
        return readPattern(buffer, position)
      }
      await undefined
      return sync.read(file, buffer, position)
    },
    async write(_file, buffer) {
      await undefined
      return buffer.length
    },
  }
}

function creatable(name: string): number {
  const index = createdIndex(name)
  if (index < 0) throw new FsError('EACCES')
  return index
}
