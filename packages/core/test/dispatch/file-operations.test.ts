import { inspect } from 'node:util'
import type { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, fails, type Handlers, lookedUp, refusedAsJunk, serve } from './served.js'

const TWO_53 = 2n ** 53n
const OBJECT_BIT = 1n << 63n

/** A node with an open file on it. */
async function opened(session: MemorySession): Promise<{ node: number; fh: bigint }> {
  const node = await lookedUp(session)
  return { node, fh: (await session.send(session.request.open(node, 2))).opened.fh }
}

t.test('OPEN returns nothing, an integer, or details', async (t) => {
  let result: unknown
  const session = serve(
    t,
    everyName({
      open: (node, flags) => {
        t.same([node.nodeid, flags], [2, 0o2])
        return result as number
      },
    }),
  )
  const node = await lookedUp(session)
  const given: [unknown, fh: bigint, flags: number][] = [
    [undefined, 0n, 0],
    [0, 0n, 0],
    [Number.MAX_SAFE_INTEGER, TWO_53 - 1n, 0],
    [2 ** 32 + 5, 0x1_0000_0005n, 0],
    [{}, 0n, 0],
    [{ handle: 7, keepCache: true }, 7n, 2],
    [{ directIo: true }, 0n, 1],
    [{ handle: 1, keepCache: true, directIo: true }, 1n, 3],
    [{ handle: 1, keepCache: 'yes' }, 1n, 0],
  ]
  for (const [value, fh, openFlags] of given) {
    result = value
    t.same((await session.send(session.request.open(node, 2))).opened, {
      fh,
      openFlags,
      backingId: 0,
    })
  }
})

t.test('without an open handler every file opens, with handle 0', async (t) => {
  const session = serve(t, everyName({ read: (file) => Number(file.handle) }))
  const { node, fh } = await opened(session)
  t.equal(fh, 0n)
  t.equal((await session.send(session.request.read(node, fh, 0, 1))).text, '')
})

t.test('junk from open is EIO, and no handle is left', async (t) => {
  let result: unknown
  const session = serve(t, everyName({ open: () => result as number }))
  const node = await lookedUp(session)
  for (const junk of [-1, 1.5, TWO_53, 2 ** 53, Number.NaN, 'x', null, true, { handle: -1 }]) {
    result = junk
    refusedAsJunk(t, session, await session.send(session.request.open(node)), 'OPEN', String(junk))
  }
  for (const handle of ['x', null, 2n]) {
    result = { handle }
    refusedAsJunk(t, session, await session.send(session.request.open(node)), 'OPEN', `{${handle}}`)
  }
  t.equal(session.handles.size, 0)
})

t.test('an object is the handle until RELEASE, which frees it', async (t) => {
  const file = { content: 'of the object' }
  const seen: unknown[] = []
  const session = serve(
    t,
    everyName({
      open: () => ({ handle: file }),
      read: (given, buffer) => buffer.write((given.handle as typeof file).content),
      release: (given, context) => {
        seen.push(given.handle, given.flags, given.node.nodeid, context.pid)
      },
    }),
  )
  const { node, fh } = await opened(session)
  t.equal(fh & OBJECT_BIT, OBJECT_BIT)
  t.equal((await session.send(session.request.read(node, fh, 0, 100))).text, 'of the object')
  t.equal(session.handles.size, 1)
  t.equal((await session.send(session.request.release(node, fh, 0o2))).error, 0)
  t.same(seen, [file, 0o2, node, 5_000_000])
  t.equal(session.handles.size, 0)
  t.equal((await session.send(session.request.read(node, fh, 0, 100))).code, 'EBADF')
})

t.test('RELEASE frees the handle although its handler fails, or is absent', async (t) => {
  for (const release of [fails('EIO'), undefined]) {
    const handlers: Handlers = { open: () => ({ handle: {} }), ...(release && { release }) }
    const session = serve(t, everyName(handlers))
    const { node, fh } = await opened(session)
    const reply = await session.send(session.request.release(node, fh))
    t.equal(reply.code, release && 'EIO')
    t.equal(session.handles.size, 0)
  }
})

t.test('CREATE makes the node and opens it in one reply', async (t) => {
  const identity = Buffer.from('new')
  const session = serve(t, {
    create: (parent, name, mode, flags, context) => {
      t.same([parent.nodeid, name, mode, flags, context.umask], [1, 'new', 0o100640, 0o102, 0o027])
      return { identity, attributes: { mode: 0o100640 }, handle: 9, directIo: true }
    },
  })
  const reply = await session.send(session.request.create(1, 'new', 0o100640, 0o102, 0o027))
  t.equal(reply.entry.nodeid, 2)
  t.equal(reply.entry.attributes.mode, 0o100640)
  t.same(reply.opened, { fh: 9n, openFlags: 1, backingId: 0 })
  t.equal(session.nodes.path(2)?.toString(), 'new')
})

t.test('junk from create is EIO, with no node and no handle left', async (t) => {
  let result: unknown
  const released: unknown[] = []
  const session = serve(t, {
    create: () => result as never,
    release: (file) => void released.push(file.handle),
  })
  const junk = [
    undefined,
    3,
    null,
    {},
    { attributes: {} },
    { attributes: FILE, handle: -1 },
    { attributes: FILE, handle: 'x' },
    { attributes: { mode: 0 }, handle: {} },
    { attributes: FILE, entryTimeoutMs: -1, handle: {} },
  ]
  for (const [index, value] of junk.entries()) {
    result = value
    const reply = await session.send(session.request.create(1, 'n', 0o100644))
    refusedAsJunk(t, session, reply, 'CREATE', `number ${index}`)
  }
  t.equal(session.nodes.size, 1)
  t.equal(session.handles.size, 0)
})

t.test('READ fills the buffer or returns bytes of its own', async (t) => {
  const content = Buffer.from('0123456789')
  let own = false
  const session = serve(
    t,
    everyName({
      read: (file, buffer, position) => {
        t.equal(file.flags, 0o4000)
        const part = content.subarray(position, position + buffer.byteLength)
        return own ? part : part.copy(buffer)
      },
    }),
  )
  const { node, fh } = await opened(session)
  const read = async (offset: number, size: number): Promise<string> =>
    (await session.send(session.request.read(node, fh, offset, size, 0o4000))).text
  for (own of [false, true]) {
    t.equal(await read(0, 100), '0123456789')
    t.equal(await read(3, 4), '3456')
    t.equal(await read(10, 5), '')
    t.equal(await read(0, 0), '')
  }
})

t.test('junk from read is EIO: also one byte more than was asked for', async (t) => {
  let result: unknown
  const session = serve(t, everyName({ read: () => result as number }))
  const { node, fh } = await opened(session)
  for (const junk of [undefined, null, -1, 1.5, 11, '5', 5n, {}, [1], Buffer.alloc(11)]) {
    result = junk
    const reply = await session.send(session.request.read(node, fh, 0, 10))
    refusedAsJunk(t, session, reply, 'READ', inspect(junk))
  }
  result = Buffer.alloc(10, 'x')
  t.equal((await session.send(session.request.read(node, fh, 0, 10))).text, 'xxxxxxxxxx')
})

t.test('a READ larger than a payload is served as far as that goes', async (t) => {
  let most = 0
  const session = serve(
    t,
    everyName({
      read: (_file, buffer) => {
        most = buffer.byteLength
        return most
      },
    }),
  )
  const { node, fh } = await opened(session)
  const reply = await session.send(session.request.read(node, fh, 0, 2 ** 30))
  t.equal(most, session.ring.geometry.payloadSize)
  t.equal(reply.body.byteLength, most)
})

t.test('WRITE passes the data on and answers the count', async (t) => {
  const written: unknown[] = []
  const session = serve(
    t,
    everyName({
      write: (_file, buffer, position) => {
        written.push([buffer.toString(), position])
        return Math.min(buffer.byteLength, 4)
      },
    }),
  )
  const { node, fh } = await opened(session)
  t.equal((await session.send(session.request.write(node, fh, 2 ** 40, 'abc'))).written, 3)
  t.equal((await session.send(session.request.write(node, fh, 0, 'abcdef'))).written, 4)
  t.equal((await session.send(session.request.write(node, fh, 5, ''))).written, 0)
  t.same(written, [
    ['abc', 2 ** 40],
    ['abcdef', 0],
    ['', 5],
  ])
})

t.test('a WRITE of the full size is page aligned and whole', async (t) => {
  const data = Buffer.alloc(65536, 'page')
  const session = serve(
    t,
    everyName({
      write: (_file, buffer) => {
        t.equal(buffer.byteOffset % 4096, 0)
        t.ok(buffer.equals(data))
        return buffer.byteLength
      },
    }),
  )
  const { node, fh } = await opened(session)
  t.equal((await session.send(session.request.write(node, fh, 0, data))).written, 65536)
})

t.test('junk from write is EIO', async (t) => {
  let result: unknown
  const session = serve(t, everyName({ write: () => result as number }))
  const { node, fh } = await opened(session)
  for (const junk of [undefined, -1, 4, 0.5, '3', Buffer.from('abc')]) {
    result = junk
    const reply = await session.send(session.request.write(node, fh, 0, 'abc'))
    refusedAsJunk(t, session, reply, 'WRITE', inspect(junk))
  }
})

t.test('beyond 2^53-1 READ is the end and WRITE is EFBIG, without a call', async (t) => {
  let calls = 0
  const count = (): number => ++calls
  const session = serve(t, everyName({ read: count, write: count }))
  const { node, fh } = await opened(session)
  const { request } = session
  for (const offset of [TWO_53, TWO_53 * 2n, 2n ** 63n - 1n]) {
    const read = await session.send(request.read(node, fh, offset, 4096))
    t.equal(read.error, 0)
    t.equal(read.body.byteLength, 0)
    t.equal((await session.send(request.write(node, fh, offset, 'x'))).code, 'EFBIG')
  }
  t.equal((await session.send(request.write(node, fh, TWO_53 - 2n, 'abc'))).code, 'EFBIG')
  t.equal(calls, 0)
  t.equal((await session.send(request.write(node, fh, TWO_53 - 2n, 'a'))).written, 1)
  t.same(session.log, [])
})

t.test('a handle that nobody gave out is EBADF, one of a dead worker EIO', async (t) => {
  const session = serve(t, everyName({ read: () => 0, write: () => 0, flush: () => undefined }))
  const node = await lookedUp(session)
  const { request } = session
  const unknown = OBJECT_BIT | (1n << 32n) | 99n
  const dead = OBJECT_BIT | (2n << 32n) | 1n
  for (const message of [
    request.read(node, unknown, 0, 1),
    request.write(node, unknown, 0, 'x'),
    request.flush(node, unknown),
  ]) {
    t.equal((await session.send(message)).code, 'EBADF')
  }
  t.equal((await session.send(request.read(node, dead, 0, 1))).code, 'EIO')
})

t.test('FLUSH and FSYNC reach the file, and their errors the client', async (t) => {
  const calls: unknown[] = []
  let code: string | undefined
  const note = (...call: unknown[]): void => {
    calls.push(call)
    if (code !== undefined) fails(code)()
  }
  const session = serve(
    t,
    everyName({
      open: () => 3,
      flush: (file) => note('flush', file.handle),
      fsync: (file, dataOnly) => note('fsync', file.handle, dataOnly),
    }),
  )
  const { node, fh } = await opened(session)
  const { request } = session
  t.equal((await session.send(request.flush(node, fh))).error, 0)
  t.equal((await session.send(request.fsync(node, fh))).error, 0)
  t.equal((await session.send(request.fsync(node, fh, true))).error, 0)
  code = 'EDQUOT'
  t.equal((await session.send(request.flush(node, fh))).code, 'EDQUOT')
  t.same(calls.slice(0, 3), [
    ['flush', 3],
    ['fsync', 3, false],
    ['fsync', 3, true],
  ])
})

t.test('READ may return a part of the buffer that it was given', async (t) => {
  const session = serve(
    t,
    everyName({
      read: (_file, buffer) => {
        buffer.write('<skipped>kept')
        return buffer.subarray(9, 13)
      },
    }),
  )
  t.equal(
    (await session.send(session.request.read(await lookedUp(session), 0, 0, 20))).text,
    'kept',
  )
})
