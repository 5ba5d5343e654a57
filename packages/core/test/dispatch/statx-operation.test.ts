import { inspect } from 'node:util'
import t from 'tap'
import { everyName, FILE, lookedUp, refusedAsJunk, serve } from './served.js'

t.test('STATX reaches its handler with flags and mask', async (t) => {
  const session = serve(
    t,
    everyName({
      open: () => 6,
      getattr: () => t.fail('getattr is not for this') as never,
      statx: (node, file, flags, mask) => {
        t.same([node.path, file?.handle, flags, mask], ['f', 6, 0x4000, 0x800])
        return { ...FILE, ino: 77, birthtimeNs: 5n, attributes: 0x10 }
      },
    }),
    { cache: { attributesTimeoutMs: 250 } },
  )
  const node = await lookedUp(session)
  const { fh } = (await session.send(session.request.open(node))).opened
  const { statx } = await session.send(session.request.statx(node, 0x4000, 0x800, fh))
  t.match(statx, { mask: 0xfff, ino: 77n, btime: 5n, attributes: 0x10n, valid: 250_000_000n })
})

t.test('without statx, getattr tells the same, the time of birth too', async (t) => {
  let birth: object = { birthtimeNs: 9n }
  const session = serve(
    t,
    everyName({
      getattr: (node, file) => {
        t.same([node.nodeid, file], [1, undefined])
        return { mode: 0o040755, size: 3, ...birth }
      },
    }),
  )
  const { request } = session
  t.match((await session.send(request.statx(1, 0, 0xfff))).statx, { mask: 0xfff, btime: 9n })
  birth = {}
  t.match((await session.send(request.statx(1, 0, 0xfff))).statx, { mask: 0x7ff, size: 3n })
})

t.test('without either it is ENOSYS', async (t) => {
  const session = serve(t, {})
  t.equal((await session.send(session.request.statx(1, 0, 0xfff))).code, 'ENOSYS')
})

t.test('junk from statx is EIO', async (t) => {
  let result: unknown
  const session = serve(t, { statx: () => result as never })
  for (const value of [undefined, null, 3, {}, { mode: 0o644 }, { ...FILE, birthtimeNs: 1 }]) {
    result = value
    const reply = await session.send(session.request.statx(1, 0, 0xfff))
    refusedAsJunk(t, session, reply, 'STATX', inspect(value))
  }
})
