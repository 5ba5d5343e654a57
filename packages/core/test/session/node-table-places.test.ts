import { MemoryNodeTable, ROOT_NODEID } from '@fuseloop/core/session'
import t from 'tap'

const FILE = 0o100000
const DIRECTORY = 0o40000
const ROOT = ROOT_NODEID

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** A table with a few names, asked and changed in strings. */
class Tree {
  readonly table = new MemoryNodeTable()

  file(parent: number, name: string, identity?: string): number {
    const key = identity === undefined ? undefined : bytes(identity)
    return this.table.remember(parent, bytes(name), key, FILE)
  }

  directory(parent: number, name: string): number {
    return this.table.remember(parent, bytes(name), undefined, DIRECTORY)
  }

  path(nodeid: number): string | undefined {
    const path = this.table.path(nodeid)
    return path === undefined ? undefined : Buffer.from(path).toString('latin1')
  }

  exchange(parent: number, name: string, newParent: number, newName: string): void {
    this.table.exchange(parent, bytes(name), newParent, bytes(newName))
  }

  rename(parent: number, name: string, newParent: number, newName: string): void {
    this.table.rename(parent, bytes(name), newParent, bytes(newName))
  }

  candidates(most: number): string[] {
    return this.table
      .unusedCandidates(most)
      .map(({ parent, name }) => `${parent}/${Buffer.from(name).toString('latin1')}`)
  }
}

t.test('a directory and a file change places, with what is below', async (t) => {
  const tree = new Tree()
  const first = tree.directory(ROOT, 'first')
  const second = tree.directory(ROOT, 'second')
  const inner = tree.directory(first, 'inner')
  const deep = tree.file(inner, 'deep')
  const file = tree.file(second, 'file')
  tree.exchange(first, 'inner', second, 'file')
  t.equal(tree.path(inner), 'second/file')
  t.equal(tree.path(deep), 'second/file/deep')
  t.equal(tree.path(file), 'first/inner')
  t.equal(tree.file(first, 'inner'), file, 'the names lead there')
  t.equal(tree.directory(second, 'file'), inner)
})

t.test('an exchange of which one name is known moves that one', async (t) => {
  const tree = new Tree()
  const known = tree.file(ROOT, 'known')
  tree.exchange(ROOT, 'known', ROOT, 'new')
  t.equal(tree.path(known), 'new')
  tree.exchange(ROOT, 'elsewhere', ROOT, 'new')
  t.equal(tree.path(known), 'elsewhere')
  tree.exchange(ROOT, 'nothing', ROOT, 'nobody')
  tree.exchange(ROOT, 'elsewhere', ROOT, 'elsewhere')
  tree.exchange(99, 'elsewhere', ROOT, 'nobody')
  t.equal(tree.path(known), 'elsewhere')
  t.equal(tree.table.size, 2)
})

t.test(
  'an exchange that would put a directory below itself leaves both without a name',
  async (t) => {
    const tree = new Tree()
    const outer = tree.directory(ROOT, 'outer')
    const inner = tree.directory(outer, 'inner')
    const file = tree.file(inner, 'file')
    tree.exchange(ROOT, 'outer', inner, 'file')
    t.equal(tree.path(outer), undefined)
    t.equal(tree.path(file), undefined)
    for (const node of [file, inner, outer]) tree.table.forget(node, 1)
    t.equal(tree.table.size, 1)
  },
)

t.test('two names of one file may be exchanged', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a', 'I')
  tree.file(ROOT, 'b', 'I')
  tree.exchange(ROOT, 'a', ROOT, 'b')
  t.equal(tree.path(file), 'b')
  t.equal(tree.file(ROOT, 'a', 'I'), file)
})

t.test('a node without a name has no path, and goes with its last reference', async (t) => {
  const { table } = new Tree()
  const node = table.rememberUnnamed(undefined, FILE)
  t.not(table.rememberUnnamed(undefined, FILE), node)
  t.equal(table.path(node), undefined)
  t.equal(table.parent(node), undefined)
  t.equal(table.type(node), FILE)
  table.forget(node, 1)
  t.equal(table.identity(node), undefined)
  t.equal(table.type(node), undefined)
})

t.test('a node without a name is known by its identity', async (t) => {
  const tree = new Tree()
  const node = tree.table.rememberUnnamed(bytes('I'), FILE)
  t.equal(tree.table.rememberUnnamed(bytes('I'), FILE), node)
  t.equal(tree.file(ROOT, 'name', 'I'), node)
  t.equal(tree.path(node), 'name')
  t.equal(tree.table.lookupCount(node), 3)
})

t.test('a node gets one more name and one more reference', async (t) => {
  const tree = new Tree()
  const node = tree.table.rememberUnnamed(undefined, FILE)
  const other = tree.file(ROOT, 'taken')
  tree.table.addName(node, ROOT, bytes('taken'))
  t.equal(tree.path(node), 'taken')
  t.equal(tree.path(other), undefined, 'the name is the new one’s')
  tree.table.addName(node, ROOT, bytes('taken'))
  t.equal(tree.table.lookupCount(node), 3)
  tree.table.addName(node, ROOT, bytes('second'))
  tree.table.unlink(ROOT, bytes('second'))
  t.equal(tree.path(node), 'taken')
  t.throws(() => tree.table.addName(99, ROOT, bytes('x')), { code: 'ESTALE' })
  t.throws(() => tree.table.addName(node, 99, bytes('x')), { code: 'ESTALE' })
  t.equal(tree.table.lookupCount(node), 4)
})

t.test('the parent is the directory of the newest name', async (t) => {
  const tree = new Tree()
  const directory = tree.directory(ROOT, 'd')
  const file = tree.file(directory, 'f', 'I')
  t.equal(tree.table.parent(file), directory)
  t.equal(tree.table.parent(directory), ROOT)
  t.equal(tree.table.parent(ROOT), ROOT)
  tree.file(ROOT, 'f', 'I')
  t.equal(tree.table.parent(file), ROOT)
  t.equal(tree.table.parent(99), undefined)
})

t.test('the epoch rises for what a move takes along, and for nothing else', async (t) => {
  const tree = new Tree()
  const top = tree.directory(ROOT, 'top')
  const inner = tree.directory(top, 'inner')
  const file = tree.file(inner, 'file')
  const aside = tree.file(ROOT, 'aside')
  const epochs = (): number[] => [top, inner, file, aside].map((node) => tree.table.epoch(node))
  const first = epochs()
  tree.file(ROOT, 'another')
  tree.rename(ROOT, 'another', ROOT, 'other')
  t.same(epochs(), first, 'another node moved')
  tree.rename(ROOT, 'top', ROOT, 'peak')
  const moved = epochs()
  for (const at of [0, 1, 2]) t.ok((moved[at] as number) > (first[at] as number), `${at}`)
  t.equal(moved[3], first[3])
  tree.rename(ROOT, 'peak', ROOT, 'top')
  t.ok((epochs()[2] as number) > (moved[2] as number), 'moved back is moved')
  const before = epochs()
  tree.exchange(top, 'inner', ROOT, 'aside')
  for (const at of [1, 2, 3]) t.ok((epochs()[at] as number) > (before[at] as number), `${at}`)
  t.equal(tree.table.epoch(99), 0)
})

t.test('the epoch rises when another of its names leads to a file', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a', 'I')
  const first = tree.table.epoch(file)
  tree.file(ROOT, 'b', 'I')
  const second = tree.table.epoch(file)
  t.ok(second > first)
  tree.table.unlink(ROOT, bytes('b'))
  t.ok(tree.table.epoch(file) > second)
  t.equal(tree.path(file), 'a')
})

t.test('candidates are named leaves, those first that were not looked up for long', async (t) => {
  const tree = new Tree()
  const directory = tree.directory(ROOT, 'd')
  tree.file(directory, 'a')
  tree.file(directory, 'b')
  tree.table.rememberUnnamed(undefined, FILE)
  tree.file(ROOT, 'c')
  tree.file(directory, 'a')
  t.same(tree.candidates(2), [`${directory}/b`, `${ROOT}/c`])
  t.same(tree.candidates(2), [`${directory}/a`, `${directory}/b`], 'the next ones')
  t.same(tree.candidates(0), [])
  t.same(tree.candidates(9), [`${ROOT}/c`, `${directory}/a`, `${directory}/b`])
})
