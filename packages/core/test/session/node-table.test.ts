import { MemoryNodeTable, ROOT_NODEID } from '@fuseloop/core/session'
import t from 'tap'

const FILE = 0o100000
const DIRECTORY = 0o40000

/** A node table that speaks in strings. */
class Tree {
  readonly table = new MemoryNodeTable()

  file(parent: number, name: string, identity?: string): number {
    return this.#remember(parent, name, identity, FILE)
  }

  directory(parent: number, name: string, identity?: string): number {
    return this.#remember(parent, name, identity, DIRECTORY)
  }

  path(nodeid: number): string | undefined {
    const path = this.table.path(nodeid)
    return path === undefined ? undefined : Buffer.from(path).toString('latin1')
  }

  identity(nodeid: number): string | undefined {
    const identity = this.table.identity(nodeid)
    return identity === undefined ? undefined : Buffer.from(identity).toString('latin1')
  }

  rename(parent: number, name: string, newParent: number, newName: string): void {
    this.table.rename(parent, Buffer.from(name), newParent, Buffer.from(newName))
  }

  unlink(parent: number, name: string): void {
    this.table.unlink(parent, Buffer.from(name))
  }

  #remember(parent: number, name: string, identity: string | undefined, type: number): number {
    const key = identity === undefined ? undefined : Buffer.from(identity)
    return this.table.remember(parent, Buffer.from(name), key, type)
  }
}

const ROOT = ROOT_NODEID

t.test('a fresh table knows the root only', async (t) => {
  const tree = new Tree()
  t.equal(tree.table.size, 1)
  t.equal(tree.path(ROOT), '')
  t.equal(tree.identity(ROOT), '')
})

t.test('the root is never forgotten', async (t) => {
  const tree = new Tree()
  tree.table.forget(ROOT, Number.MAX_SAFE_INTEGER)
  const directory = tree.directory(ROOT, 'd')
  tree.table.forget(directory, 1)
  t.equal(tree.table.size, 1)
  t.equal(tree.path(ROOT), '')
})

t.test('a name without identity is one node for as long as the kernel knows it', async (t) => {
  const tree = new Tree()
  const first = tree.file(ROOT, 'a')
  t.equal(tree.file(ROOT, 'a'), first)
  t.not(tree.file(ROOT, 'b'), first)
  tree.table.forget(first, 1)
  t.equal(tree.path(first), 'a', 'it was counted twice')
  tree.table.forget(first, 1)
  t.equal(tree.path(first), undefined)
  t.equal(tree.identity(first), undefined)
  t.not(tree.file(ROOT, 'a'), first, 'a nodeid is not used again')
})

t.test('an empty identity is none', async (t) => {
  const tree = new Tree()
  t.not(tree.file(ROOT, 'a', ''), tree.file(ROOT, 'b', ''))
  t.equal(tree.file(ROOT, 'a'), tree.file(ROOT, 'a', ''))
})

t.test('forget takes as many references as it says, and no more than there are', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a')
  for (let count = 1; count < 5; count++) tree.file(ROOT, 'a')
  tree.table.forget(file, 4)
  t.equal(tree.table.size, 2)
  tree.table.forget(file, 100)
  t.equal(tree.table.size, 1)
  tree.table.forget(file, 1)
  tree.table.forget(999, 1)
  t.equal(tree.table.size, 1, 'unknown nodes are ignored')
})

t.test('paths lead through all directories', async (t) => {
  const tree = new Tree()
  const a = tree.directory(ROOT, 'a')
  const b = tree.directory(a, 'b')
  t.equal(tree.path(tree.file(b, 'c')), 'a/b/c')
})

t.test('names and identities are bytes', async (t) => {
  const { table } = new Tree()
  const name = Uint8Array.of(0xff, 0x80, 0xc3)
  const identity = Uint8Array.from({ length: 64 }, (_, index) => 255 - index)
  const node = table.remember(ROOT, name, identity, FILE)
  t.same([...(table.path(node) ?? [])], [...name])
  t.same([...(table.identity(node) ?? [])], [...identity])
})

t.test('what was given may change afterwards', async (t) => {
  const { table } = new Tree()
  const name = Buffer.from('a')
  const identity = Buffer.from('x')
  const node = table.remember(ROOT, name, identity, FILE)
  name.fill(0x62)
  identity.fill(0x79)
  t.equal(Buffer.from(table.path(node) ?? []).toString(), 'a')
  t.equal(Buffer.from(table.identity(node) ?? []).toString(), 'x')
})

t.test('an unknown parent is refused', async (t) => {
  const tree = new Tree()
  t.throws(() => tree.file(77, 'a'), { code: 'ESTALE' })
  t.equal(tree.table.size, 1)
})

t.test('hard links share one nodeid, and its path is the name seen last', async (t) => {
  const tree = new Tree()
  const directory = tree.directory(ROOT, 'd', 'D')
  const file = tree.file(ROOT, 'a', 'I')
  t.equal(tree.file(directory, 'b', 'I'), file)
  t.equal(tree.path(file), 'd/b')
  t.equal(tree.identity(file), 'I')
  tree.unlink(directory, 'b')
  t.equal(tree.path(file), 'a', 'the other name is still there')
  tree.unlink(ROOT, 'a')
  t.equal(tree.path(file), undefined)
  t.equal(tree.identity(file), 'I', 'and the kernel may still ask for it')
  tree.table.forget(file, 2)
  t.equal(tree.identity(file), undefined)
})

t.test('a lookup of a name seen before does not change which path is used', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a', 'I')
  tree.file(ROOT, 'b', 'I')
  t.equal(tree.file(ROOT, 'a', 'I'), file)
  t.equal(tree.path(file), 'b')
  t.equal(tree.table.size, 2)
})

t.test('another object at the same name is another node', async (t) => {
  const tree = new Tree()
  const old = tree.file(ROOT, 'a', 'I')
  const fresh = tree.file(ROOT, 'a', 'J')
  t.not(fresh, old)
  t.equal(tree.path(fresh), 'a')
  t.equal(tree.path(old), undefined)
  t.equal(tree.identity(old), 'I', 'the old one lives until it is forgotten')
  tree.table.forget(old, 1)
  t.equal(tree.path(fresh), 'a')
  t.equal(tree.table.size, 2)
})

t.test('a node whose type changed is left and a new one made', async (t) => {
  for (const identity of [undefined, 'I']) {
    const tree = new Tree()
    const file = tree.file(ROOT, 'a', identity)
    const directory = tree.directory(ROOT, 'a', identity)
    t.not(directory, file)
    t.equal(tree.path(file), undefined)
    t.equal(tree.path(directory), 'a')
    t.equal(tree.directory(ROOT, 'a', identity), directory)
    tree.table.forget(file, 1)
    t.equal(tree.directory(ROOT, 'a', identity), directory, 'also after the old one is gone')
  }
})

t.test('a name known by identity and then without is another node', async (t) => {
  const tree = new Tree()
  const first = tree.file(ROOT, 'a', 'I')
  t.not(tree.file(ROOT, 'a'), first)
})

t.test('rename moves the name, and with a directory all paths below', async (t) => {
  const tree = new Tree()
  const from = tree.directory(ROOT, 'from')
  const to = tree.directory(ROOT, 'to')
  const moved = tree.directory(from, 'x')
  const file = tree.file(moved, 'f')
  tree.rename(from, 'x', to, 'y')
  t.equal(tree.path(moved), 'to/y')
  t.equal(tree.path(file), 'to/y/f')
  t.equal(tree.directory(to, 'y'), moved)
  t.not(tree.directory(from, 'x'), moved, 'the old name is free')
})

t.test('rename over an existing name takes the name from what was there', async (t) => {
  const tree = new Tree()
  const source = tree.file(ROOT, 'a')
  const target = tree.file(ROOT, 'b')
  tree.rename(ROOT, 'a', ROOT, 'b')
  t.equal(tree.path(source), 'b')
  t.equal(tree.path(target), undefined)
  t.equal(tree.table.size, 3, 'what was there may be open still')
  tree.table.forget(target, 1)
  t.equal(tree.table.size, 2)
  t.equal(tree.path(source), 'b')
})

t.test('rename of a name that nobody looked up frees the new name', async (t) => {
  const tree = new Tree()
  const target = tree.file(ROOT, 'b')
  tree.rename(ROOT, 'unseen', ROOT, 'b')
  t.equal(tree.path(target), undefined)
  t.not(tree.file(ROOT, 'b'), target)
})

t.test('rename of one hard link leaves the other', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a', 'I')
  tree.file(ROOT, 'b', 'I')
  tree.rename(ROOT, 'a', ROOT, 'c')
  t.equal(tree.path(file), 'c')
  tree.unlink(ROOT, 'c')
  t.equal(tree.path(file), 'b')
})

t.test('rename and unlink under unknown parents change nothing', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a')
  tree.rename(77, 'a', ROOT, 'b')
  tree.rename(ROOT, 'a', 77, 'b')
  tree.unlink(77, 'a')
  tree.unlink(ROOT, 'unseen')
  t.equal(tree.path(file), 'a')
})

t.test('an unlinked node stays while the kernel refers to it', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'a')
  tree.unlink(ROOT, 'a')
  t.equal(tree.path(file), undefined)
  t.equal(tree.table.size, 2)
  const fresh = tree.file(ROOT, 'a')
  t.not(fresh, file)
  tree.table.forget(file, 1)
  t.equal(tree.path(fresh), 'a')
  t.equal(tree.table.size, 2)
})

t.test('below an unlinked directory nothing has a path', async (t) => {
  const tree = new Tree()
  const directory = tree.directory(ROOT, 'd')
  const file = tree.file(directory, 'f')
  tree.unlink(ROOT, 'd')
  t.equal(tree.path(file), undefined)
  tree.table.forget(directory, 1)
  tree.table.forget(file, 1)
  t.equal(tree.table.size, 1)
})

t.test('a forgotten directory is kept until its children are gone', async (t) => {
  const tree = new Tree()
  const outer = tree.directory(ROOT, 'outer')
  const inner = tree.directory(outer, 'inner')
  const file = tree.file(inner, 'f')
  tree.table.forget(outer, 1)
  tree.table.forget(inner, 1)
  t.equal(tree.table.size, 4)
  t.equal(tree.path(file), 'outer/inner/f')
  t.equal(tree.directory(ROOT, 'outer'), outer, 'and can be found again')
  tree.table.forget(outer, 1)
  tree.table.forget(file, 1)
  t.equal(tree.table.size, 1, 'then all go at once')
})

t.test('a forgotten directory goes when its last child is unlinked or moved away', async (t) => {
  const tree = new Tree()
  const directory = tree.directory(ROOT, 'd')
  const file = tree.file(directory, 'f')
  tree.table.forget(directory, 1)
  tree.rename(directory, 'f', ROOT, 'f')
  t.equal(tree.path(file), 'f')
  t.equal(tree.identity(directory), undefined)
  const second = tree.directory(ROOT, 'e')
  tree.file(second, 'g')
  tree.table.forget(second, 1)
  tree.unlink(second, 'g')
  t.equal(tree.identity(second), undefined)
})

t.test(
  'a child that gives way to another in a forgotten directory does not take it along',
  async (t) => {
    const tree = new Tree()
    const directory = tree.directory(ROOT, 'd')
    const old = tree.file(directory, 'f', 'I')
    tree.table.forget(directory, 1)
    const fresh = tree.file(directory, 'f', 'J')
    t.equal(tree.path(fresh), 'd/f')
    tree.table.forget(old, 1)
    t.equal(tree.path(fresh), 'd/f')
  },
)

t.test('a directory found below itself is refused and keeps its place', async (t) => {
  const tree = new Tree()
  const a = tree.directory(ROOT, 'a', 'id-a')
  const b = tree.directory(a, 'b', 'id-b')
  t.throws(() => tree.directory(a, 'a', 'id-a'), { code: 'ELOOP' })
  t.throws(() => tree.directory(b, 'a', 'id-a'), { code: 'ELOOP' })
  t.equal(tree.path(a), 'a')
  t.equal(tree.path(b), 'a/b')
})

t.test('a directory found elsewhere has moved there', async (t) => {
  const tree = new Tree()
  const a = tree.directory(ROOT, 'a', 'id-a')
  const b = tree.directory(a, 'b', 'id-b')
  t.equal(tree.directory(ROOT, 'b', 'id-b'), b)
  t.equal(tree.path(b), 'b')
  t.equal(tree.directory(b, 'a', 'id-a'), a, 'now the other way round')
  t.equal(tree.path(a), 'b/a')
  tree.unlink(b, 'a')
  t.equal(tree.path(a), undefined)
})

t.test('renaming a name to itself changes nothing', async (t) => {
  const tree = new Tree()
  const file = tree.file(ROOT, 'f')
  tree.rename(ROOT, 'f', ROOT, 'f')
  t.equal(tree.path(file), 'f')
})
