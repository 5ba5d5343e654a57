import type { Entry, OpenResult } from '@fuseloop/core/inode'
import t from 'tap'
import {
  DIRECTORY,
  FILE,
  fails,
  gate,
  type Handlers,
  refusedAsJunk,
  serve,
  turns,
} from './served.js'

type Made = Entry & OpenResult<number | object>

const O_RDWR = 2

function makes(made: unknown, more: Handlers = {}): Handlers {
  return { tmpfile: () => made as Made, ...more }
}

t.test('TMPFILE makes an open file without a name', async (t) => {
  const session = serve(t, {
    tmpfile: (parent, mode, flags, context) => {
      t.same([parent.nodeid, mode, flags, context.umask], [1, 0o100600, O_RDWR, 0o27])
      return { attributes: { ...FILE, nlink: 0 }, handle: 8 }
    },
    read: (file, buffer) => {
      t.same([file.handle, file.node.path], [8, undefined])
      return buffer.write('temporary')
    },
  })
  const { request } = session
  const reply = await session.send(request.tmpfile(1, 0o100600, O_RDWR, 0o27))
  t.equal(reply.opened.fh, 8n)
  t.equal(reply.entry.attributes.nlink, 0)
  const { nodeid } = reply.entry
  t.equal((await session.send(request.read(nodeid, 8, 0, 100))).text, 'temporary')
  t.equal(session.kernel.cache.dentry(1n, '/'), undefined)
  t.equal(session.nodes.lookupCount(nodeid), 1)
  await session.forget(nodeid, 1)
  t.equal(session.nodes.size, 1)
})

t.test('LINK gives it a name, by its identity or without one', async (t) => {
  for (const identity of [undefined, Buffer.from('tmp 1')]) {
    const entry = { attributes: FILE, ...(identity && { identity }) }
    const session = serve(
      t,
      makes({ ...entry, handle: 8 }, { link: () => entry, lookup: () => entry }),
    )
    const { request } = session
    const { nodeid } = (await session.send(request.tmpfile(1, 0o100600))).entry
    t.equal((await session.send(request.link(nodeid, 1, 'named'))).entry.nodeid, nodeid)
    t.equal(session.nodes.path(nodeid)?.toString(), 'named')
    t.equal((await session.send(request.lookup(1, 'named'))).entry.nodeid, nodeid)
    t.equal(session.nodes.lookupCount(nodeid), 3)
  }
})

t.test('two of them are two nodes', async (t) => {
  const session = serve(t, makes({ attributes: FILE, handle: 1 }))
  const first = (await session.send(session.request.tmpfile(1, 0o100600))).entry.nodeid
  t.not((await session.send(session.request.tmpfile(1, 0o100600))).entry.nodeid, first)
})

t.test('TMPFILE fails as its handler does, and without one is ENOSYS', async (t) => {
  const failing = serve(t, { tmpfile: fails('EOPNOTSUPP') })
  t.equal((await failing.send(failing.request.tmpfile(1, 0o100600))).code, 'EOPNOTSUPP')
  t.equal(failing.nodes.size, 1)
  const without = serve(t, {})
  t.equal((await without.send(without.request.tmpfile(1, 0o100600))).code, 'ENOSYS')
})

t.test('junk from tmpfile is EIO; what is open by then is released', async (t) => {
  let made: unknown
  const released: unknown[] = []
  const session = serve(t, {
    tmpfile: () => made as Made,
    release: (file) => void released.push(file.handle),
  })
  for (const [junk, opened] of [
    [undefined, []],
    [7, []],
    [{ handle: 7 }, [7]],
    [{ attributes: {}, handle: 7 }, [7]],
    [{ attributes: FILE, handle: 0.5 }, []],
    [{ attributes: FILE, handle: 7, identity: 'text' }, [7]],
  ] as const) {
    made = junk
    const reply = await session.send(session.request.tmpfile(1, 0o100600))
    refusedAsJunk(t, session, reply, 'TMPFILE', JSON.stringify(junk) ?? 'undefined')
    t.same(released.splice(0), opened)
    t.equal(session.nodes.size, 1)
  }
  t.equal(session.handles.size, 0)
})

t.test('a TMPFILE whose client is gone is released and forgotten', async (t) => {
  const { opened, open } = gate()
  const released: unknown[] = []
  const session = serve(t, {
    tmpfile: () => opened.then(() => ({ attributes: FILE, handle: {} })),
    release: (file) => void released.push([file.handle, file.node.nodeid]),
    getattr: () => DIRECTORY,
  })
  const sent = session.requestSend(session.request.tmpfile(1, 0o100600))
  await turns()
  session.kernel.connection.drop(sent.token)
  open()
  await turns()
  t.equal((await sent.reply).code, 'ECONNABORTED')
  t.same(released, [[{}, 2]])
  t.equal(session.handles.size, 0)
  t.equal(session.nodes.size, 1)
})
