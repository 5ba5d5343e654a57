// Handlers that are late: what their clients get, and that nobody else pays for it.

import type { RequestContext } from '@fuseloop/core'
import { readRingCounters } from '@fuseloop/core/ring'
import { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, gate, lookedUp, serve, turns } from './served.js'

/** The session's clock is the machine's and what is added: no machine is so slow that this passes by itself. */
const DEADLINE_MS = 3_600_000
const RULES = { timeouts: { default: DEADLINE_MS, write: 0 } }

t.test('the client gets ETIMEDOUT at the deadline, the late answer is dropped', async (t) => {
  const { opened, open } = gate()
  const session = serve(t, everyName({ getattr: () => opened.then(() => FILE) }), RULES)
  const node = await lookedUp(session)
  const sent = session.requestSend(session.request.getattr(node))
  await turns()
  await session.advance(DEADLINE_MS / 2)
  t.equal(session.kernel.waiting, 1)
  await session.advance(DEADLINE_MS / 2)
  t.equal((await sent.reply).code, 'ETIMEDOUT')
  t.match(readRingCounters(session.ring), { deadlinesPassed: 1, quarantined: 1, lateReplies: 0 })
  open()
  await turns()
  t.match(readRingCounters(session.ring), { deadlinesPassed: 1, quarantined: 0, lateReplies: 1 })
  t.match(session.log, [
    /^GETATTR \(handler getattr\): request \d+ passed its deadline of 3600000 ms: worker 0 is still/,
    /^GETATTR \(handler getattr\): settled after its deadline; the answer is dropped/,
  ])
})

t.test('a handler that never settles costs its client and its slot, and nobody else', async (t) => {
  const session = serve(
    t,
    everyName({ getattr: () => new Promise<never>(() => undefined), access: () => undefined }),
    { ...RULES, slotCount: 2, timeoutCode: 'EIO' },
  )
  const node = await lookedUp(session)
  const stuck = session.send(session.request.getattr(node))
  await turns()
  await session.advance(5 * DEADLINE_MS)
  t.equal((await stuck).code, 'EIO')
  for (let round = 0; round < 10; round++)
    t.equal((await session.send(session.request.access(1, 4))).error, 0)
  t.equal(readRingCounters(session.ring).quarantined, 1)
})

t.test('what has no deadline is waited for', async (t) => {
  const { opened, open } = gate<number>()
  const handlers = everyName({ open: () => 1, write: () => opened })
  const session = serve(t, handlers, RULES)
  const node = await lookedUp(session)
  const { fh } = (await session.send(session.request.open(node))).opened
  const sent = session.requestSend(session.request.write(node, fh, 0, 'text'))
  await turns()
  await session.advance(86_400_000)
  open(4)
  t.equal((await sent.reply).error, 0)
  t.equal(readRingCounters(session.ring).deadlinesPassed, 0)
})

t.test('the handler is told: its signal is aborted, its deadline was known', async (t) => {
  const seen: unknown[] = []
  const getattr = async (_node: unknown, _file: unknown, context: RequestContext) => {
    const { signal, deadline = 0 } = context
    const left = deadline - performance.now()
    const passed = performance.now() - sentAt
    seen.push(left >= DEADLINE_MS - passed - 1 && left <= DEADLINE_MS + 1)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    seen.push((signal.reason as NodeJS.ErrnoException).code, context.interrupted)
    return FILE
  }
  const session = serve(t, everyName({ getattr }), RULES)
  const node = await lookedUp(session)
  const sentAt = performance.now()
  const sent = session.requestSend(session.request.getattr(node))
  await turns()
  await session.advance(DEADLINE_MS)
  t.equal((await sent.reply).code, 'ETIMEDOUT')
  await turns()
  t.same(seen, [true, 'ETIMEDOUT', false])
  t.equal(readRingCounters(session.ring).quarantined, 0)
})

t.test('handles and lookup counts that came too late are taken back', async (t) => {
  const { opened, open } = gate()
  const released: unknown[] = []
  const session = serve(
    t,
    {
      lookup: async (_parent, name) => {
        if (name === 'slow') await opened
        return { attributes: FILE }
      },
      mkdir: () => opened.then(() => ({ attributes: { mode: 0o040755 } })),
      open: () => opened.then(() => ({ handle: {} })),
      create: () => opened.then(() => ({ attributes: FILE, handle: {} })),
      opendir: () => opened.then(() => ({ handle: {} })),
      release: () => void released.push('release'),
      releasedir: () => void released.push('releasedir'),
    },
    RULES,
  )
  const { request } = session
  const node = await lookedUp(session)
  const replies = [
    request.lookup(1, 'slow'),
    request.mkdir(1, 'made', 0o755),
    request.open(node),
    request.create(1, 'new', 0o100644, 0o2, 0),
    request.opendir(1),
  ].map((message) => session.send(message))
  await turns()
  await session.advance(DEADLINE_MS)
  t.same(
    (await Promise.all(replies)).map(({ code }) => code),
    new Array(5).fill('ETIMEDOUT'),
  )
  open()
  await turns()
  t.same(released.sort(), ['release', 'release', 'releasedir'])
  t.equal(session.handles.size, 0)
  t.equal(session.nodes.size, 2, 'the root, and what was looked up in time')
  session.kernel.verify()
})

/** One slot: a READ is late with "late", a WRITE of another client comes behind it. */
async function writeBehindLateRead(reuse: boolean) {
  const { opened, open } = gate()
  const written: string[] = []
  const { opened: writing, open: write } = gate()
  const handlers = everyName({
    open: () => 1,
    read: async (_file, buffer) => {
      await opened
      return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).write('late')
    },
    write: async (_file, buffer) => {
      await writing
      written.push(Buffer.from(buffer).toString())
      return buffer.byteLength
    },
  })
  const session = new MemorySession(handlers, { timeouts: { read: DEADLINE_MS }, slotCount: 1 })
  const { request, ring, kernel } = session
  const node = await lookedUp(session)
  const { fh } = (await session.send(request.open(node))).opened
  const late = session.requestSend(request.read(node, fh, 0, 4))
  await turns()
  const slot = ring.findUnique(late.unique)
  await session.advance(DEADLINE_MS)
  await late.reply
  const other = session.requestSend(request.write(node, fh, 0, 'mine'))
  if (reuse) ring.release(slot)
  await turns()
  kernel.signal(other)
  await turns()
  open()
  await turns()
  write()
  await turns()
  return { session, written, waiting: kernel.waiting }
}

t.test('a late handler writes into nobody else’s data: its slot is in quarantine', async (t) => {
  const { session, written, waiting } = await writeBehindLateRead(false)
  t.same(written, ['mine'])
  t.equal(waiting, 0)
  await session.close()
})

t.test('and without the quarantine it would', async (t) => {
  const { session, written } = await writeBehindLateRead(true)
  t.same(written, ['late'])
  await t.rejects(session.close(), { message: /^late reply into a reused slot: WRITE/ })
})
