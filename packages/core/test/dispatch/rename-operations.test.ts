import { FsError } from '@fuseloop/core'
import t from 'tap'
import { DIRECTORY, everyName, FILE, lookedUp, serve } from './served.js'

const NOREPLACE = 1
const EXCHANGE = 2
const WHITEOUT = 4

const treeOf = { lookup: (_parent: unknown, name: unknown) => ({ attributes: kindOf(name) }) }

function kindOf(name: unknown): { mode: number } {
  return String(name).startsWith('d') ? DIRECTORY : FILE
}

t.test('RENAME2 brings its flags to rename, and RENAME none', async (t) => {
  const seen: unknown[] = []
  const session = serve(t, {
    ...treeOf,
    rename: (parent, name, newParent, newName, flags, context) =>
      void seen.push([parent.path, name, newParent.path, newName, flags, context.pid]),
  })
  const d = await lookedUp(session, 'd')
  const file = await lookedUp(session, 'f', d)
  const { request } = session
  t.equal((await session.send(request.rename2(d, 'f', 1, 'g', NOREPLACE))).error, 0)
  t.equal(session.nodes.path(file)?.toString(), 'g')
  t.equal((await session.send(request.rename2(1, 'g', d, 'h', WHITEOUT))).error, 0)
  t.equal(session.nodes.path(file)?.toString(), 'd/h')
  t.equal((await session.send(request.rename(d, 'h', 1, 'i'))).error, 0)
  t.same(seen, [
    ['d', 'f', '', 'g', NOREPLACE, 5_000_000],
    ['', 'g', 'd', 'h', WHITEOUT, 5_000_000],
    ['d', 'h', '', 'i', 0, 5_000_000],
  ])
})

t.test('RENAME_EXCHANGE swaps the nodes of two names, and only when it succeeds', async (t) => {
  let fail = true
  const session = serve(t, {
    ...treeOf,
    rename: (_parent, _name, _newParent, _newName, flags) => {
      if (fail) throw new FsError('EINVAL')
      t.equal(flags, EXCHANGE)
    },
  })
  const d1 = await lookedUp(session, 'd1')
  const d2 = await lookedUp(session, 'd2')
  const inner = await lookedUp(session, 'd', d1)
  const deep = await lookedUp(session, 'deep', inner)
  const file = await lookedUp(session, 'f', d2)
  const message = () => session.request.rename2(d1, 'd', d2, 'f', EXCHANGE)
  t.equal((await session.send(message())).code, 'EINVAL')
  t.equal(session.nodes.path(deep)?.toString(), 'd1/d/deep')
  fail = false
  t.equal((await session.send(message())).error, 0)
  t.equal(session.nodes.path(deep)?.toString(), 'd2/f/deep')
  t.equal(session.nodes.path(file)?.toString(), 'd1/d')
})

t.test('a handler that declares no flags is not called with any: EINVAL', async (t) => {
  const calls: unknown[] = []
  const session = serve(
    t,
    everyName({ rename: (_parent, name, _newParent, newName) => void calls.push(name, newName) }),
  )
  const file = await lookedUp(session, 'a')
  const { request } = session
  for (const flags of [NOREPLACE, EXCHANGE, WHITEOUT, 0x80000000])
    t.equal((await session.send(request.rename2(1, 'a', 1, 'b', flags))).code, 'EINVAL')
  t.equal(session.nodes.path(file)?.toString(), 'a')
  t.same(calls, [])
  t.equal((await session.send(request.rename(1, 'a', 1, 'b'))).error, 0)
  t.same(calls, ['a', 'b'])
  t.same(session.log, [])
})

t.test('RENAME2 without a handler is ENOSYS, which the kernel remembers', async (t) => {
  const session = serve(t, everyName())
  t.equal((await session.send(session.request.rename2(1, 'a', 1, 'b', 1))).code, 'ENOSYS')
})

t.test('LINK without an identity makes both names one node', async (t) => {
  const session = serve(t, everyName({ link: () => ({ attributes: FILE }) }))
  const file = await lookedUp(session, 'a')
  const { request } = session
  const { entry } = await session.send(request.link(file, 1, 'b'))
  t.equal(entry.nodeid, file)
  t.equal(await lookedUp(session, 'b'), file)
  t.equal(await lookedUp(session, 'a'), file)
  t.equal(session.nodes.lookupCount(file), 4)
  await session.send(request.link(99, 1, 'c'))
  t.equal(session.nodes.path(file)?.toString(), 'b', 'an unknown node gets no name')
})

t.test('LINK whose entry has another identity or type is another node', async (t) => {
  let result: object = { attributes: FILE, identity: Buffer.from('I') }
  const session = serve(t, everyName({ link: () => result as never }))
  const file = await lookedUp(session, 'a')
  const { request } = session
  t.not((await session.send(request.link(file, 1, 'b'))).entry.nodeid, file)
  result = { attributes: DIRECTORY }
  t.equal((await session.send(request.link(file, 1, 'c'))).code, 'EIO', 'by the kernel')
  t.equal(session.nodes.lookupCount(file), 1)
})
