// What the kernel asks by nodeid alone of a file that no name leads to is asked of the handlers with an open handle.

import type { OpenFile, Text } from '@fuseloop/core/inode'
import { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, gate, type Handlers, lookedUp, serve, turns } from './served.js'

type File = OpenFile<Text, number | object> | undefined

/** Handlers that note which file they were given. */
function noting(seen: unknown[], more: Handlers = {}): Handlers {
  const note = (file: File): void => void seen.push(file?.handle)
  return everyName({
    unlink: () => undefined,
    getattr: (_node, file) => {
      note(file)
      return FILE
    },
    setattr: (_node, _changes, file) => {
      note(file)
      return FILE
    },
    link: (_node, _parent, _name, file) => {
      note(file)
      return { attributes: FILE }
    },
    ...more,
  })
}

for (const handle of [5, { of: 'the handler' }]) {
  const kind = typeof handle
  t.test(`an unlinked open file is told by its handle, a ${kind}`, async (t) => {
    const seen: unknown[] = []
    const session = serve(t, noting(seen, { open: () => ({ handle }) }))
    const { request } = session
    const node = await lookedUp(session)
    const { fh } = (await session.send(request.open(node))).opened
    const ask = async (): Promise<unknown[]> => {
      await session.send(request.getattr(node))
      await session.send(request.setattr(node, { mode: 0o600 }))
      await session.send(request.link(node, 1, 'other'))
      await session.send(request.unlink(1, 'other'))
      return seen.splice(0)
    }
    t.same(await ask(), [undefined, undefined, undefined], 'while it has a name')
    await session.send(request.unlink(1, 'f'))
    t.same(await ask(), [handle, handle, handle])
    await session.send(request.getattr(node, fh))
    t.same(seen.splice(0), [handle], 'the client’s own')
    await session.send(request.release(node, fh))
    t.same(await ask(), [undefined, undefined, undefined], 'when it is closed')
    t.equal(session.openFiles.size, 0)
  })

  t.test(`a file that tmpfile and create made is known by its handle, a ${kind}`, async (t) => {
    const seen: unknown[] = []
    const made = () => ({ attributes: FILE, handle })
    const session = serve(t, noting(seen, { tmpfile: made, create: made }))
    const { request } = session
    const first = (await session.send(request.tmpfile(1, 0o100600))).entry.nodeid
    await session.send(request.getattr(first))
    t.same(seen.splice(0), [handle])
    await session.send(request.link(first, 1, 'named'))
    await session.send(request.getattr(first))
    t.same(seen.splice(0), [handle, undefined], 'a name leads there now')
    const second = (await session.send(request.create(1, 'c', 0o100600))).entry.nodeid
    await session.send(request.getattr(second))
    await session.send(request.unlink(1, 'c'))
    await session.send(request.getattr(second))
    t.same(seen.splice(0), [undefined, handle])
  })
}

t.test('an open that nobody takes is over', async (t) => {
  for (const method of ['open', 'create', 'tmpfile'] as const) {
    const { opened, open } = gate()
    const session = serve(
      t,
      everyName({
        open: () => opened.then(() => 7),
        create: () => opened.then(() => ({ attributes: FILE, handle: 7 })),
        tmpfile: () => opened.then(() => ({ attributes: FILE, handle: 7 })),
      }),
    )
    const { request, kernel } = session
    const node = await lookedUp(session)
    const message = {
      open: () => request.open(node),
      create: () => request.create(1, 'new', 0o100644),
      tmpfile: () => request.tmpfile(1, 0o100644),
    }[method]()
    const sent = session.requestSend(message)
    await turns()
    kernel.connection.drop(sent.token)
    open()
    await turns()
    await sent.reply
    t.equal(session.openFiles.size, 0, method)
  }
})

t.test('a request on an unlinked file reaches the worker that keeps its object', async (t) => {
  const seen: unknown[] = []
  const handlersOf = (worker: number): Handlers =>
    noting([], {
      open: () => ({ handle: { worker } }),
      getattr: (_node, file, context) => {
        seen.push([context.worker, file?.handle])
        return FILE
      },
    })
  const session = new MemorySession([0, 1, 2].map(handlersOf), { workers: 3 })
  t.teardown(() => session.close())
  const { request } = session
  const node = await lookedUp(session)
  const { fh } = (await session.send(request.open(node))).opened
  const owner = Number((fh >> 56n) & 0x7fn)
  await session.send(request.unlink(1, 'f'))
  for (let round = 0; round < 6; round++) await session.send(request.getattr(node))
  t.equal(seen.length, 6)
  for (const one of seen) t.same(one, [owner, { worker: owner }])
})
