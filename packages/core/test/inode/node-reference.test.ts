import { NodeReference, textCodec } from '@fuseloop/core/inode'
import { MemoryNodeTable, ROOT_NODEID } from '@fuseloop/core/session'
import t from 'tap'

t.test('a node knows what the table knows at the time it is asked', async (t) => {
  const table = new MemoryNodeTable()
  const nodeid = table.remember(ROOT_NODEID, Buffer.from('a'), Buffer.from('I'), 0o100000)
  const node = new NodeReference(nodeid, table, textCodec('utf8'))
  t.equal(node.nodeid, nodeid)
  t.ok(node.isNamed)
  t.equal(node.path, 'a')
  t.equal(Buffer.from(node.identity).toString(), 'I')
  table.rename(ROOT_NODEID, Buffer.from('a'), ROOT_NODEID, Buffer.from('b'))
  t.equal(node.path, 'b')
  table.unlink(ROOT_NODEID, Buffer.from('b'))
  t.equal(node.path, undefined)
  t.notOk(node.isNamed)
  t.equal(node.identity.byteLength, 1)
  table.forget(nodeid, 1)
  t.equal(node.identity.byteLength, 0)
})

t.test('the root has an empty path, as text or bytes', async (t) => {
  const table = new MemoryNodeTable()
  t.equal(new NodeReference(ROOT_NODEID, table, textCodec('utf8')).path, '')
  const path = new NodeReference(ROOT_NODEID, table, textCodec('buffer')).path
  t.ok(Buffer.isBuffer(path) && path.byteLength === 0)
})

t.test('while no name changes the table is asked once', async (t) => {
  const table = new MemoryNodeTable()
  const nodeid = table.remember(ROOT_NODEID, Buffer.from('a'), Buffer.from('I'), 0o100000)
  const asked: string[] = []
  const watched = new Proxy(table, {
    get(target, name) {
      if (typeof name === 'string' && name !== 'changes') asked.push(name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const node = new NodeReference(nodeid, watched, textCodec('utf8'))
  const ask = (): unknown[] => [node.path, node.identity, node.epoch, node.isNamed]
  t.same(ask(), ask())
  // Others may come meanwhile.
  table.remember(ROOT_NODEID, Buffer.from('b'), Buffer.from('J'), 0o100000)
  ask()
  t.same(asked, ['path', 'identity', 'epoch', 'parent'])
  table.rename(ROOT_NODEID, Buffer.from('b'), ROOT_NODEID, Buffer.from('c'))
  ask()
  t.equal(asked.length, 8)
})
