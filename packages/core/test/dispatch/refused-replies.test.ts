// Replies that the kernel does not take: what they gave is taken back.

import type { MemorySession, Reply } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, fails, gate, lookedUp, refusedAsJunk, serve, turns } from './served.js'

/** Sends a request whose client is gone by the time its handler, which waits, has settled. */
async function unheard(
  session: MemorySession,
  message: Uint8Array,
  settle: () => void,
): Promise<Reply> {
  const sent = session.requestSend(message)
  await turns()
  session.kernel.connection.drop(sent.token)
  settle()
  await turns()
  return await sent.reply
}

t.test('an entry that the kernel refuses is not counted', async (t) => {
  const entry = { attributes: FILE }
  for (const method of ['lookup', 'mknod', 'mkdir', 'symlink', 'link'] as const) {
    const { opened, open } = gate<typeof entry>()
    const session = serve(t, { [method]: () => opened })
    const { request } = session
    const message = {
      lookup: () => request.lookup(1, 'a'),
      mknod: () => request.mknod(1, 'a', 0o100644),
      mkdir: () => request.mkdir(1, 'a', 0),
      symlink: () => request.symlink(1, 'a', 'b'),
      link: () => request.link(1, 1, 'a'),
    }[method]()
    t.equal((await unheard(session, message, () => open(entry))).code, 'ECONNABORTED')
    t.equal(session.nodes.size, 1, method)
    t.same(session.log, [], 'a client that is gone is no fault')
  }
})

t.test('a known node keeps the count it had when a further entry is refused', async (t) => {
  let wait: Promise<{ attributes: typeof FILE }> | undefined
  const session = serve(t, { lookup: () => wait ?? { attributes: FILE } })
  const node = await lookedUp(session, 'a')
  const { opened, open } = gate<{ attributes: typeof FILE }>()
  wait = opened
  await unheard(session, session.request.lookup(1, 'a'), () => open({ attributes: FILE }))
  t.equal(session.nodes.path(node)?.toString(), 'a')
  await session.forget(node, 1)
  t.equal(session.nodes.size, 1)
})

for (const [kind, handle] of [
  ['an integer', 17],
  ['an object', {}],
] as const) {
  t.test(`${kind} that the kernel refuses as handle of a file is released once`, async (t) => {
    const released: unknown[] = []
    const { opened, open } = gate()
    const session = serve(
      t,
      everyName({
        open: () => opened.then(() => ({ handle })),
        release: (file) => void released.push([file.node.nodeid, file.handle, file.flags]),
      }),
    )
    const node = await lookedUp(session)
    await unheard(session, session.request.open(node, 0o2), open)
    t.same(released, [[node, handle, 0o2]])
    t.equal(session.handles.size, 0)
    t.same(session.log, [])
  })

  t.test(`${kind} that the kernel refuses as handle of a directory is released once`, async (t) => {
    const released: unknown[] = []
    const { opened, open } = gate()
    const session = serve(t, {
      opendir: () => opened.then(() => ({ handle })),
      releasedir: (directory) => void released.push(directory.handle),
    })
    await unheard(session, session.request.opendir(1), open)
    t.same(released, [handle])
    t.equal(session.handles.size, 0)
    t.equal(session.directories.handle(1), undefined)
  })

  t.test(`CREATE with ${kind} that the kernel refuses takes back node and handle`, async (t) => {
    const released: unknown[] = []
    const { opened, open } = gate()
    const session = serve(t, {
      create: () => opened.then(() => ({ attributes: FILE, handle })),
      release: (file) => void released.push([file.node.nodeid, file.node.path, file.handle]),
    })
    await unheard(session, session.request.create(1, 'new', 0o100644), open)
    t.same(released, [[2, 'new', handle]])
    t.equal(session.handles.size, 0)
    t.equal(session.nodes.size, 1)
  })

  t.test(`CREATE with ${kind} and attributes that cannot be sent releases it`, async (t) => {
    for (const attributes of [{ mode: 0 }, { ...FILE, size: -1 }, undefined]) {
      const released: unknown[] = []
      const session = serve(t, {
        create: () => ({ attributes, handle }) as never,
        release: (file) => void released.push(file.handle),
      })
      const reply = await session.send(session.request.create(1, 'new', 0o100644))
      refusedAsJunk(t, session, reply, 'CREATE', JSON.stringify(attributes))
      t.same(released, [handle])
      t.equal(session.handles.size, 0)
      t.equal(session.nodes.size, 1)
    }
  })
}

t.test('a release that fails during a roll-back is logged', async (t) => {
  for (const release of [fails('EIO'), () => Promise.reject(new Error('later'))]) {
    const { opened, open } = gate()
    const session = serve(t, everyName({ open: () => opened, release }))
    const node = await lookedUp(session)
    await unheard(session, session.request.open(node), open)
    t.match(session.log, [/^roll-back: /])
  }
})

t.test('a request that an abort overtakes is rolled back too', async (t) => {
  const released: unknown[] = []
  const { opened, open } = gate()
  const session = serve(
    t,
    everyName({
      open: () => opened.then(() => 5),
      release: (file) => void released.push(file.handle),
    }),
  )
  const node = await lookedUp(session)
  const reply = session.send(session.request.open(node))
  await turns()
  session.kernel.abort()
  t.equal((await reply).code, 'ECONNABORTED')
  open()
  await turns()
  t.same(released, [5])
})
