// What a roll-back must not touch: other requests, of the same slot above all.

import { readRingCounters } from '@fuseloop/core/ring'
import type { RequestContext } from '@fuseloop/core/session'
import t from 'tap'
import { everyName, FILE, gate, lookedUp, serve, turns } from './served.js'

/** The same message with a length that is not its own. */
function lying(message: Uint8Array): Buffer {
  const changed = Buffer.from(message)
  changed.writeUInt32LE(changed.byteLength + 1, 0)
  return changed
}

t.test('a malformed message takes nothing of the request before it in its slot', async (t) => {
  const released: unknown[] = []
  const session = serve(
    t,
    everyName({
      open: () => ({ handle: {} }),
      opendir: () => ({ handle: {} }),
      create: () => ({ attributes: FILE, handle: {} }),
      release: (file) => void released.push(file.handle),
      releasedir: (directory) => void released.push(directory.handle),
    }),
    { slotCount: 1 },
  )
  const { request } = session
  const node = await lookedUp(session, 'a')
  for (const [message, handles] of [
    [request.lookup(1, 'a'), 0],
    [request.open(node), 1],
    [request.opendir(1), 2],
    [request.create(1, 'new', 0o100644), 3],
  ] as const) {
    t.equal((await session.send(message)).error, 0)
    const { size } = session.nodes
    t.equal((await session.send(lying(message))).code, 'EIO')
    t.equal(session.nodes.size, size)
    t.equal(session.handles.size, handles)
  }
  t.same(released, [])
  // Both lookups of 'a' still count.
  await session.forget(node, 1)
  t.equal(session.nodes.path(node)?.toString(), 'a')
})

t.test(
  'a reply that the kernel refuses for another reason is logged, and rolled back',
  async (t) => {
    const released: unknown[] = []
    const session = serve(
      t,
      everyName({ open: () => 5, release: (file) => void released.push(file.handle) }),
    )
    const node = await lookedUp(session)
    const { device } = session.kernel
    const writev = device.writev.bind(device)
    device.writev = () => {
      device.writev = writev
      return -22
    }
    const sent = session.requestSend(session.request.open(node))
    while (session.log.length === 0) await new Promise((resolve) => setImmediate(resolve))
    t.same(session.log, ['OPEN (handler open): the kernel refused the reply with errno 22'])
    t.same(released, [5])
    session.kernel.connection.drop(sent.token)
    await sent.reply
  },
)

for (const method of ['open', 'opendir', 'create'] as const) {
  t.test(`what ${method} opened in vain is released with a context of its own`, async (t) => {
    const { opened, open } = gate()
    const { opened: released, open: letRelease } = gate()
    const seen: unknown[] = []
    const release = async (_file: unknown, context: RequestContext): Promise<void> => {
      await released
      const { uid, gid, pid, umask, worker, interrupted, signal } = context
      seen.push(uid, gid, pid, umask, worker, interrupted, signal.aborted)
    }
    const session = serve(
      t,
      everyName({
        open: () => opened.then(() => 7),
        opendir: () => opened.then(() => 7),
        create: () => opened.then(() => ({ attributes: FILE, handle: 7 })),
        release,
        releasedir: release,
        getattr: () => FILE,
      }),
      { slotCount: 1 },
    )
    const { request, kernel } = session
    const node = await lookedUp(session)
    const message = {
      open: () => request.open(node),
      opendir: () => request.opendir(1),
      create: () => request.create(1, 'new', 0o100644, 0o2, 0o077),
    }[method]()
    const sent = session.requestSend(message)
    await turns()
    kernel.connection.drop(sent.token)
    open()
    await turns()
    t.equal((await sent.reply).code, 'ECONNABORTED')
    t.equal((await session.send(request.getattr(2))).error, 0, 'by another client, in its slot')
    letRelease()
    await turns()
    t.same(seen, [undefined, undefined, 0, 0, 0, false, false])
    t.same(session.log, [])
  })
}

t.test('a handler that is late, after a deadline has answered, is rolled back', async (t) => {
  const { opened, open } = gate()
  const released: unknown[] = []
  const session = serve(
    t,
    everyName({
      open: () => opened.then(() => ({ handle: {} })),
      release: (file) => void released.push(file.handle),
    }),
  )
  const { request, kernel, ring } = session
  const node = await lookedUp(session)
  const sent = session.requestSend(request.open(node))
  await turns()
  t.not(ring.takeUnique(ring.findUnique(sent.unique)), 0n)
  open()
  await turns()
  t.same(released, [{}])
  t.equal(session.handles.size, 0)
  t.equal(readRingCounters(ring).lateReplies, 1)
  t.equal(kernel.waiting, 1, 'whoever took the unique answers')
  t.match(session.log, [/^OPEN \(handler open\): settled after its deadline/])
  kernel.connection.drop(sent.token)
  await sent.reply
})
