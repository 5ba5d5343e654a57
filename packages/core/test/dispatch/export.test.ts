// LOOKUP of '.' and '..', which Linux sends for who opens files by their handles (EXPORT_SUPPORT).

import t from 'tap'
import { DIRECTORY, FILE, fails, type Handlers, serve } from './served.js'

function tree(more: Handlers = {}): Handlers {
  return {
    lookup: (_parent, name) => {
      if (String(name).startsWith('.')) throw new Error('handlers never see dots')
      return { attributes: String(name) === 'f' ? FILE : DIRECTORY }
    },
    getattr: ({ path = 'f' }) => (String(path).endsWith('f') ? { ...FILE, size: 5 } : DIRECTORY),
    unlink: () => undefined,
    ...more,
  }
}

t.test("'.' is the node itself and '..' its parent, each one reference more", async (t) => {
  const session = serve(t, tree(), { flags: { require: ['EXPORT_SUPPORT'] } })
  const { request } = session
  const directory = (await session.send(request.lookup(1, 'd'))).entry.nodeid
  const file = (await session.send(request.lookup(directory, 'f'))).entry.nodeid
  const itself = (await session.send(request.lookup(file, '.'))).entry
  t.same([itself.nodeid, itself.attributes.size], [file, 5n])
  t.equal((await session.send(request.lookup(file, '..'))).entry.nodeid, directory)
  t.same(
    [file, directory].map((node) => session.nodes.lookupCount(node)),
    [2, 2],
  )
  t.equal(session.nodes.path(file)?.toString(), 'd/f', 'no name is made of it')
  t.same(session.log, [])
})

t.test('what was freed is ESTALE, and so is the parent of what has no name', async (t) => {
  const session = serve(t, tree())
  const { request } = session
  const file = (await session.send(request.lookup(1, 'f'))).entry.nodeid
  await session.send(request.unlink(1, 'f'))
  t.equal((await session.send(request.lookup(file, '..'))).code, 'ESTALE')
  t.equal((await session.send(request.lookup(file, '.'))).error, 0, 'it is known')
  await session.forget(file, 2)
  t.equal((await session.send(request.lookup(file, '.'))).code, 'ESTALE')
  t.equal((await session.send(request.lookup(file, '..'))).code, 'ESTALE')
  t.equal(session.nodes.size, 1)
})

t.test('a lookup of dots that fails takes no reference', async (t) => {
  for (const getattr of [fails('EIO'), () => ({}) as never]) {
    const session = serve(t, tree({ getattr }))
    const { request } = session
    const directory = (await session.send(request.lookup(1, 'd'))).entry.nodeid
    t.equal((await session.send(request.lookup(directory, '.'))).code, 'EIO')
    t.equal(session.nodes.lookupCount(directory), 1)
  }
})

t.test('three dots and more are a name', async (t) => {
  const names: unknown[] = []
  const session = serve(t, {
    lookup: (_parent, name) => {
      names.push(name)
      return { attributes: FILE }
    },
  })
  for (const name of ['...', '.a', '..b']) await session.send(session.request.lookup(1, name))
  t.same(names, ['...', '.a', '..b'])
})
