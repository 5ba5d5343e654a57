// One contract over both implementations of NodeTable: whatever is done to both, both give the same.

import { MemoryNodeTable, type NodeTable, ROOT_NODEID } from '@fuseloop/core/session'
import * as fc from 'fast-check'
import t from 'tap'
import { openNativeTables } from './native-tables.js'

const FILE = 0o100000
const DIRECTORY = 0o40000

/** A node is named by its place among all nodeids given so far, a parent among those of directories. */
type NodeCommand =
  | { readonly do: 'remember'; readonly parent: number; readonly name: string; readonly as: Thing }
  | { readonly do: 'forget'; readonly node: number; readonly count: number }
  | {
      readonly do: 'rename'
      readonly parent: number
      readonly name: string
      readonly newParent: number
      readonly newName: string
    }
  | {
      readonly do: 'exchange'
      readonly parent: number
      readonly name: string
      readonly newParent: number
      readonly newName: string
    }
  | { readonly do: 'unlink'; readonly parent: number; readonly name: string }
  | { readonly do: 'rememberUnnamed'; readonly identity: string | undefined }
  | {
      readonly do: 'addName'
      readonly node: number
      readonly parent: number
      readonly name: string
    }
  | { readonly do: 'unusedCandidates'; readonly most: number }
  | { readonly do: 'acquire'; readonly node: number }

interface Thing {
  readonly identity: string | undefined
  readonly type: number
}

const place = fc.nat({ max: 11 })
const name = fc.constantFrom('a', 'b', 'c', '\xff')
// 'own' stands for the identity of whatever directory is there. 'D' and 'E' turn up anywhere, as after moves that
// nobody told of, and below themselves too, as with bind mounts.
const thing = fc.oneof(
  fc.record({ identity: fc.constantFrom('D', 'E'), type: fc.constant(DIRECTORY) }),
  fc.constant({ identity: undefined, type: DIRECTORY }),
  fc.constant({ identity: 'own', type: DIRECTORY }),
  fc.record({ identity: fc.constantFrom('I', 'J', 'K', undefined), type: fc.constant(FILE) }),
  fc.constant({ identity: 'I', type: 0o120000 }),
)
const remember = fc.record({
  do: fc.constant('remember' as const),
  parent: place,
  name,
  as: thing,
})
const forget = fc.record({
  do: fc.constant('forget' as const),
  node: place,
  count: fc.constantFrom(0, 1, 1, 2, 1000),
})
const rename = fc.record({
  do: fc.constant('rename' as const),
  parent: place,
  name,
  newParent: place,
  newName: name,
})
const exchange = rename.map((moved) => ({ ...moved, do: 'exchange' as const }))
const rememberUnnamed = fc.record({
  do: fc.constant('rememberUnnamed' as const),
  identity: fc.constantFrom('I', 'J', undefined),
})
const addName = fc.record({ do: fc.constant('addName' as const), node: place, parent: place, name })
const acquire = fc.record({ do: fc.constant('acquire' as const), node: place })
const unusedCandidates = fc.record({
  do: fc.constant('unusedCandidates' as const),
  most: fc.nat({ max: 4 }),
})
const unlink = fc.record({ do: fc.constant('unlink' as const), parent: place, name })
const commands = fc.array(
  fc.oneof(
    { arbitrary: remember, weight: 5 },
    { arbitrary: forget, weight: 3 },
    { arbitrary: rename, weight: 2 },
    { arbitrary: exchange, weight: 2 },
    { arbitrary: unlink, weight: 1 },
    { arbitrary: rememberUnnamed, weight: 1 },
    { arbitrary: addName, weight: 1 },
    { arbitrary: unusedCandidates, weight: 1 },
    { arbitrary: acquire, weight: 1 },
  ),
  { maxLength: 60, size: 'max' },
)

/** Both tables side by side. */
class Twins {
  readonly given: number[] = [ROOT_NODEID]
  readonly #directories: number[] = [ROOT_NODEID]
  readonly #tables: readonly NodeTable[]
  readonly #said: { readonly changes: number; readonly said: Map<number, string> }[] = []

  constructor(tables: readonly NodeTable[]) {
    this.#tables = tables
  }

  run(command: NodeCommand): void {
    switch (command.do) {
      case 'remember':
        this.#remember(command.parent, command.name, command.as)
        break
      case 'forget':
        for (const table of this.#tables) table.forget(this.#node(command.node), command.count)
        break
      case 'rename':
      case 'exchange':
        this.#rename(command)
        break
      case 'rememberUnnamed':
        this.#rememberUnnamed(command.identity)
        break
      case 'addName':
        this.#addName(command)
        break
      case 'acquire':
        this.#same('acquire', (table) => table.acquire(this.#node(command.node)))
        break
      case 'unusedCandidates':
        this.#same('unusedCandidates', (table) =>
          JSON.stringify(
            table
              .unusedCandidates(command.most)
              .map(({ nodeid, parent, name }) => [nodeid, parent, text(name)]),
          ),
        )
        break
      case 'unlink':
        for (const table of this.#tables)
          table.unlink(this.#directory(command.parent), bytes(command.name))
        break
    }
  }

  /** Everything that can be asked, of the first table and of the second. */
  snapshots(): string[] {
    return this.#tables.map((table) =>
      JSON.stringify([
        table.size,
        ...this.given.map((node) => [
          node,
          text(table.path(node)),
          text(table.identity(node)),
          table.parent(node),
          table.type(node),
          table.epoch(node),
          ['a', 'b', 'c', '\xff'].map((name) => table.child(node, bytes(name))),
        ]),
        ['D', 'E', 'I', 'J', 'K'].map((identity) => table.withIdentity(bytes(identity))),
      ]),
    )
  }

  /** What was said of a node that is known already becomes another only where `changes` rises. */
  checkChanges(): void {
    for (const [index, table] of this.#tables.entries()) {
      const [changes = 0] = table.changes
      const said = new Map(this.given.map((node) => [node, saidOf(table, node)]))
      const before = this.#said[index]
      if (before?.changes === changes)
        for (const [node, text] of before.said)
          if (said.get(node) !== text)
            throw new Error(
              `table ${index}: ${text} is ${said.get(node)}, and no change is told of`,
            )
      this.#said[index] = { changes, said }
    }
  }

  forgetAll(): number[] {
    for (const table of this.#tables) for (const node of this.given) table.forget(node, 1000)
    return this.#tables.map((table) => table.size)
  }

  #node(place: number): number {
    return this.given[place % this.given.length] as number
  }

  #directory(place: number): number {
    return this.#directories[place % this.#directories.length] as number
  }

  #remember(place: number, name: string, as: Thing): void {
    const parent = this.#directory(place)
    const identity = as.identity === 'own' ? this.#directoryIdentity(parent, name) : as.identity
    const key = identity === undefined ? undefined : bytes(identity)
    const given = this.#same('remember', (table) =>
      table.remember(parent, bytes(name), key, as.type),
    )
    this.#note(given, as.type)
  }

  #rememberUnnamed(identity: string | undefined): void {
    const key = identity === undefined ? undefined : bytes(identity)
    this.#note(
      this.#same('rememberUnnamed', (table) => table.rememberUnnamed(key, FILE)),
      FILE,
    )
  }

  /** Directories have one name. */
  #addName(command: NodeCommand & { do: 'addName' }): void {
    const node = this.#node(command.node)
    if (this.#directories.includes(node)) return
    const parent = this.#directory(command.parent)
    this.#same('addName', (table) => table.addName(node, parent, bytes(command.name)))
  }

  /** What both give, or the code of the error that both throw. */
  #same<R>(what: string, call: (table: NodeTable) => R): R | string | undefined {
    const [first, second] = this.#tables.map((table) => {
      try {
        return call(table)
      } catch (error) {
        return (error as NodeJS.ErrnoException).code
      }
    })
    if (first !== second) throw new Error(`${what} gave ${first} and ${second}`)
    return first
  }

  #note(given: number | string | undefined, type: number): void {
    if (typeof given !== 'number' || this.given.includes(given)) return
    this.given.push(given)
    if (type === DIRECTORY) this.#directories.push(given)
  }

  /** Of the directory that stands there, or a new one. */
  #directoryIdentity(parent: number, name: string): string {
    const [table] = this.#tables
    const path = below(text(table?.path(parent)), name)
    const known =
      path === undefined
        ? undefined
        : this.#directories.find((node) => text(table?.path(node)) === path)
    const identity = known === undefined ? '' : text(table?.identity(known))
    return identity || `directory ${this.given.length}`
  }

  #rename(command: NodeCommand & { do: 'rename' | 'exchange' }): void {
    const parent = this.#directory(command.parent)
    const newParent = this.#directory(command.newParent)
    for (const table of this.#tables)
      table[command.do](parent, bytes(command.name), newParent, bytes(command.newName))
  }
}

/** What may be used again while `changes` stays. */
function saidOf(table: NodeTable, node: number): string {
  const { path, identity } = { path: table.path(node), identity: table.identity(node) }
  return JSON.stringify([node, text(path), text(identity), table.parent(node), table.epoch(node)])
}

function below(parent: string | undefined, name: string): string | undefined {
  return parent === '' ? name : parent && `${parent}/${name}`
}

function bytes(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('latin1')
}

t.test('both node tables give the same to any sequence of operations', async () => {
  await fc.assert(
    fc.property(commands, fc.constantFrom(0, 0, 1, 3), (sequence, unused) => {
      const native = openNativeTables()
      try {
        const memory = new MemoryNodeTable()
        for (const table of [memory, native]) table.keepUnused(unused)
        const twins = new Twins([memory, native.nodes])
        for (const command of sequence) {
          twins.run(command)
          const [first, second] = twins.snapshots()
          if (first !== second) throw new Error(`memory ${first}\nnative ${second}`)
          twins.checkChanges()
        }
        for (const table of [memory, native]) table.keepUnused(0)
        const sizes = twins.forgetAll()
        if (sizes.some((size) => size !== 1)) throw new Error(`forgotten, yet ${sizes} are left`)
      } finally {
        native.close()
      }
    }),
    { seed: 77, numRuns: 600 },
  )
})
