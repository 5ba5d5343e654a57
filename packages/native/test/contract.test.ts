// One contract over both implementations of DirectoryTable and of the table of open files: whatever is done to both,
// both give the same.

import { direntLength, encodeDirent, WireWriter } from '@fuseloop/core/protocol'
import {
  type DirectoryTable,
  MemoryDirectoryTable,
  MemoryOpenFileTable,
} from '@fuseloop/core/session'
import * as fc from 'fast-check'
import t from 'tap'
import { openNativeTables } from './native-tables.js'

function records(...names: string[]): Uint8Array {
  const length = names.reduce((sum, name) => sum + direntLength(name.length), 0)
  const memory = new Uint8Array(length)
  const writer = new WireWriter(new DataView(memory.buffer), memory)
  writer.reset(0, length)
  let offset = 0
  for (const name of names) {
    const next = offset + direntLength(name.length)
    offset += encodeDirent(writer, offset, 1, next, 8, Buffer.from(name))
  }
  return memory
}

interface DirectoryCommand {
  readonly do: 'open' | 'handle' | 'store' | 'read' | 'close'
  readonly id: number
  readonly handle: number
  readonly names: readonly string[]
  readonly cookie: number
  readonly room: number
}

const directoryCommand: fc.Arbitrary<DirectoryCommand> = fc.record({
  do: fc.constantFrom('open', 'handle', 'store', 'read', 'read', 'read', 'close'),
  id: fc.integer({ min: 0, max: 5 }),
  handle: fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER)),
  names: fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { maxLength: 6 }),
  // Any offset, right or wrong.
  cookie: fc.oneof(
    fc.nat({ max: 12 }).map((eights) => eights * 8),
    fc.nat({ max: 400 }),
    fc.constantFrom(2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
  ),
  room: fc.nat({ max: 300 }),
})

/** What a command gives, as text. */
function directoryResult(table: DirectoryTable, command: DirectoryCommand): string {
  const { id } = command
  switch (command.do) {
    case 'open':
      return `${table.open(command.handle)}`
    case 'handle':
      return `${table.handle(id)}`
    case 'store':
      table.store(id, records(...command.names))
      return ''
    case 'read': {
      const target = Buffer.alloc(command.room, 0xee)
      return `${table.read(id, command.cookie, target)} ${target.toString('hex')}`
    }
    case 'close':
      table.close(id)
      return ''
  }
}

t.test('both directory tables give the same to any sequence of operations', async () => {
  const sequences = fc.array(directoryCommand, { maxLength: 80, size: 'max' })
  await fc.assert(
    fc.property(sequences, (sequence) => {
      const native = openNativeTables()
      try {
        const memory = new MemoryDirectoryTable()
        for (const command of sequence) {
          const first = directoryResult(memory, command)
          const second = directoryResult(native.directories, command)
          if (first !== second) throw new Error(`${command.do}: ${first} and ${second}`)
        }
      } finally {
        native.close()
      }
    }),
    { seed: 78, numRuns: 400 },
  )
})

interface OpenFileCommand {
  readonly do: 'add' | 'remove' | 'find'
  readonly nodeid: number
  readonly low: number
  readonly high: number
}

const openFileCommand: fc.Arbitrary<OpenFileCommand> = fc.record({
  do: fc.constantFrom('add', 'add', 'remove', 'find'),
  nodeid: fc.constantFrom(1, 2, 3, Number.MAX_SAFE_INTEGER),
  low: fc.constantFrom(0, 1, 0xffffffff),
  high: fc.constantFrom(0, 0x1fffff, 0x80000001, 0xbf000001),
})

t.test('both tables of open files give the same to any sequence of operations', async () => {
  const sequences = fc.array(openFileCommand, { maxLength: 80, size: 'max' })
  await fc.assert(
    fc.property(sequences, (sequence) => {
      const native = openNativeTables()
      try {
        const tables = [new MemoryOpenFileTable(), native.openFiles]
        for (const { do: what, nodeid, low, high } of sequence) {
          const [first, second] = tables.map((table) => {
            if (what === 'find') return JSON.stringify(table.find(nodeid))
            table[what](nodeid, low, high, 0)
            return `${table.size}`
          })
          if (first !== second) throw new Error(`${what}: ${first} and ${second}`)
        }
      } finally {
        native.close()
      }
    }),
    { seed: 79, numRuns: 300 },
  )
})
