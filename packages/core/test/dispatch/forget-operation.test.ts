import type { ForgottenNode } from '@fuseloop/core/inode'
import { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, lookedUp, serve, turns } from './served.js'

t.test('nodes are told to forget once their count is zero, in batches', async (t) => {
  const told: (readonly ForgottenNode[])[] = []
  const session = serve(t, {
    lookup: (_parent, name) => ({ identity: Buffer.from(`id of ${name}`), attributes: FILE }),
    forget: (nodes) => void told.push(nodes),
  })
  const a = await lookedUp(session, 'a')
  const b = await lookedUp(session, 'b')
  await lookedUp(session, 'b')
  session.kernel.requestSendNoReply(a, 1)
  await session.forget(b, 1)
  t.same(told, [[{ nodeid: a, identity: Buffer.from('id of a') }]])
  await session.forget(b, 1)
  t.same(told[1], [{ nodeid: b, identity: Buffer.from('id of b') }])
  t.equal(session.nodes.size, 1)
  t.equal(session.kernel.waiting, 0)
})

t.test('more forgotten nodes than one message holds all arrive, each once', async (t) => {
  const told: number[] = []
  let batches = 0
  const session = serve(
    t,
    everyName({
      forget: (nodes) => {
        batches++
        told.push(...nodes.map(({ nodeid }) => nodeid))
      },
    }),
    { slotCount: 1 },
  )
  const ids: number[] = []
  for (let index = 0; index < 300; index++) ids.push(await lookedUp(session, `f${index}`))
  for (const id of ids) session.kernel.requestSendNoReply(id, 1)
  await turns()
  t.same(told, ids)
  t.ok(batches < 10, `${batches} calls`)
})

t.test('a forget that fails is logged and harms nobody', async (t) => {
  for (const forget of [
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]) {
    const session = serve(t, everyName({ forget }), { slotCount: 1 })
    await session.forget(await lookedUp(session), 1)
    await turns()
    t.match(session.log, [/^BATCH_FORGET .*broken/s])
    t.equal(session.dispatcher.pending, 0)
    t.ok(await lookedUp(session), 'its slot is free again')
  }
})

t.test('without a forget handler nodes go silently', async (t) => {
  const session = serve(t, everyName())
  await session.forget(await lookedUp(session), 1)
  t.equal(session.nodes.size, 1)
  t.equal(session.nodes.hasForgotten, false)
})

t.test('FORGET of the root, of unknown nodes and of too much changes nothing else', async (t) => {
  const session = new MemorySession(everyName())
  const node = await lookedUp(session)
  await session.forget(1, 1)
  await session.forget(4711, 1)
  t.equal(session.nodes.size, 2)
  await session.forget(node, 2n ** 63n)
  t.equal(session.nodes.size, 1)
  await t.rejects(session.close(), { message: /^lookup count under zero/ })
})
