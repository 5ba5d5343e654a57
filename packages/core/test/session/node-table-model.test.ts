// The node table against a model that is too simple to be wrong: a list of names and a list of nodes, looked
// through from end to end. Only what a kernel does is tried.

import { MemoryNodeTable, ROOT_NODEID } from '@fuseloop/core/session'
import * as fc from 'fast-check'
import t from 'tap'

const FILE = 0o100000
const DIRECTORY = 0o40000
const SYMLINK = 0o120000

interface ModelNode {
  readonly identity: string
  readonly type: number
  lookups: number
}

interface ModelName {
  readonly parent: number
  readonly name: string
  readonly id: number
}

class Model {
  readonly nodes = new Map<number, ModelNode>([
    [ROOT_NODEID, { identity: '', type: DIRECTORY, lookups: 1 }],
  ])
  /** The oldest first. */
  names: ModelName[] = []
  /** The node made last for an identity. */
  readonly #newest = new Map<string, number>()
  #next = ROOT_NODEID + 1

  remember(parent: number, name: string, identity: string, type: number): number {
    const standing = this.at(parent, name)
    let id = identity === '' ? standing : this.#newest.get(identity)
    let node = id === undefined ? undefined : this.nodes.get(id)
    if (
      id === undefined ||
      node === undefined ||
      node.type !== type ||
      node.identity !== identity
    ) {
      id = this.#next++
      node = { identity, type, lookups: 0 }
      this.nodes.set(id, node)
      if (identity !== '') this.#newest.set(identity, id)
    }
    node.lookups += 1
    if (standing !== id) {
      this.#remove(parent, name)
      this.names.push({ parent, name, id })
    }
    this.#sweep()
    return id
  }

  forget(id: number, count: number): void {
    const node = this.nodes.get(id)
    if (node === undefined || id === ROOT_NODEID) return
    node.lookups = Math.max(0, node.lookups - count)
    this.#sweep()
  }

  rename(parent: number, name: string, newParent: number, newName: string): void {
    const id = this.at(parent, name)
    this.#remove(newParent, newName)
    this.#remove(parent, name)
    if (id !== undefined) this.names.push({ parent: newParent, name: newName, id })
    this.#sweep()
  }

  unlink(parent: number, name: string): void {
    this.#remove(parent, name)
    this.#sweep()
  }

  at(parent: number, name: string): number | undefined {
    return this.names.find((entry) => entry.parent === parent && entry.name === name)?.id
  }

  /** Nodeids from the node up to the root; without the root when a name is missing. */
  ancestors(id: number): number[] {
    const parent = this.names.findLast((entry) => entry.id === id)?.parent
    return parent === undefined ? [id] : [id, ...this.ancestors(parent)]
  }

  path(id: number): string | undefined {
    const names: string[] = []
    for (const ancestor of this.ancestors(id)) {
      if (ancestor === ROOT_NODEID) return names.reverse().join('/')
      names.push(this.names.findLast((entry) => entry.id === ancestor)?.name ?? '')
    }
    return undefined
  }

  directories(): number[] {
    return [...this.nodes].filter(([, node]) => node.type === DIRECTORY).map(([id]) => id)
  }

  #remove(parent: number, name: string): void {
    this.names = this.names.filter((entry) => entry.parent !== parent || entry.name !== name)
  }

  /** Drops what the kernel does not know and no path leads through, until nothing changes. */
  #sweep(): void {
    const unused = [...this.nodes].find(
      ([id, node]) =>
        id !== ROOT_NODEID &&
        node.lookups === 0 &&
        !this.names.some((entry) => entry.parent === id),
    )
    if (unused === undefined) return
    const [id] = unused
    this.nodes.delete(id)
    this.names = this.names.filter((entry) => entry.id !== id)
    this.#sweep()
  }
}

/** Numbers pick among what there is: directories, or all nodes ever seen. */
interface Step {
  readonly act: 'find' | 'forget' | 'rename' | 'unlink'
  readonly pick: number
  readonly name: string
  readonly otherPick: number
  readonly otherName: string
  readonly thing: { readonly identity: string; readonly type: number }
  readonly count: number
}

const name = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('find', 'find', 'find', 'find', 'forget', 'forget', 'rename', 'unlink'),
  pick: fc.nat({ max: 30 }),
  name,
  otherPick: fc.nat({ max: 30 }),
  otherName: name,
  thing: fc.constantFrom(
    { identity: '', type: DIRECTORY },
    { identity: '', type: FILE },
    { identity: 'I', type: FILE },
    { identity: 'J', type: FILE },
    { identity: 'J', type: SYMLINK },
  ),
  count: fc.constantFrom(1, 1, 2, 99),
})

class Comparison {
  readonly #table = new MemoryNodeTable()
  readonly #model = new Model()
  readonly #seen: number[] = [ROOT_NODEID]

  constructor() {
    this.#table.keepForgotten()
  }

  run(given: Step): void {
    const directories = this.#model.directories()
    const parent = directories[given.pick % directories.length] as number
    const other = directories[given.otherPick % directories.length] as number
    const label = Buffer.from(given.name)
    const otherLabel = Buffer.from(given.otherName)
    switch (given.act) {
      case 'find': {
        const { identity, type } = given.thing
        const key = identity === '' ? undefined : Buffer.from(identity)
        const id = this.#table.remember(parent, label, key, type)
        const expected = this.#model.remember(parent, given.name, identity, type)
        if (id !== expected) throw new Error(`nodeid ${id}, expected ${expected}`)
        if (!this.#seen.includes(id)) this.#seen.push(id)
        break
      }
      case 'forget': {
        const id = this.#seen[given.pick % this.#seen.length] as number
        this.#table.forget(id, given.count)
        this.#model.forget(id, given.count)
        break
      }
      case 'rename': {
        const moved = this.#model.at(parent, given.name)
        if (parent === other && given.name === given.otherName) return
        if (moved !== undefined && this.#model.ancestors(other).includes(moved)) return
        this.#table.rename(parent, label, other, otherLabel)
        this.#model.rename(parent, given.name, other, given.otherName)
        break
      }
      case 'unlink':
        this.#table.unlink(parent, label)
        this.#model.unlink(parent, given.name)
        break
    }
    this.#compare()
  }

  /** What was dropped was told, each node once. */
  end(): void {
    const dropped = this.#table.takeForgotten(1000).map(({ nodeid }) => nodeid)
    const gone = this.#seen.filter((id) => !this.#model.nodes.has(id))
    expectSame('dropped', dropped.sort(), gone.sort())
  }

  #compare(): void {
    expectSame('size', this.#table.size, this.#model.nodes.size)
    for (const id of this.#seen) {
      const known = this.#model.nodes.get(id)
      expectSame(`path of ${id}`, text(this.#table.path(id)), known && this.#model.path(id))
      expectSame(`identity of ${id}`, text(this.#table.identity(id)), known?.identity)
    }
  }
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('latin1')
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
  }
}

t.test('the table is as a list of names and nodes under any sequence of operations', async () => {
  await fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const comparison = new Comparison()
      for (const given of steps) comparison.run(given)
      comparison.end()
    }),
    { seed: 79, numRuns: 1500 },
  )
})
