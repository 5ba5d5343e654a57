// What a roll-back must not touch: other requests, of the same slot above all.

import { uniqueOf } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, lookedUp, serve } from './served.js'

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
  await session.sendNoReply(request.forget(node, 1))
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
    const { endpoint } = session
    const writev = endpoint.writev.bind(endpoint)
    endpoint.writev = () => {
      endpoint.writev = writev
      return -22
    }
    const message = session.request.open(node)
    const reply = session.send(message)
    while (session.log.length === 0) await new Promise((resolve) => setImmediate(resolve))
    t.same(session.log, ['OPEN: the kernel refused the reply with errno 22'])
    t.same(released, [5])
    endpoint.drop(uniqueOf(message))
    await reply
  },
)
