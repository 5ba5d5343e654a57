import { FsError } from '@fuseloop/core'
import { uniqueOf } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, FILE, fails, gate, lookedUp, refusedAsJunk, serve, turns } from './served.js'

t.test('an operation without a method is ENOSYS, silently', async (t) => {
  const session = serve(t, {})
  const { request } = session
  const messages: Record<string, Uint8Array> = {
    LOOKUP: request.lookup(1, 'a'),
    GETATTR: request.getattr(2),
    SETATTR: request.setattr(1, {}),
    READLINK: request.readlink(1),
    SYMLINK: request.symlink(1, 'a', 'b'),
    MKNOD: request.mknod(1, 'a', 0),
    MKDIR: request.mkdir(1, 'a', 0),
    UNLINK: request.unlink(1, 'a'),
    RMDIR: request.rmdir(1, 'a'),
    RENAME: request.rename(1, 'a', 1, 'b'),
    LINK: request.link(2, 1, 'a'),
    READ: request.read(2, 0, 0, 1),
    WRITE: request.write(2, 0, 0, 'x'),
    FSYNC: request.fsync(2, 0),
    FLUSH: request.flush(2, 0),
    READDIR: request.readdir(1, 0, 0, 100),
    FSYNCDIR: request.fsyncdir(1, 0),
    ACCESS: request.access(1, 4),
    CREATE: request.create(1, 'a', 0),
    GETXATTR: request.message(22, 1, Buffer.alloc(8)),
    'an unknown opcode': request.message(63, 1),
    'an opcode beyond the table': request.message(4097, 1),
    'the largest opcode': request.message(0xffffffff, 1),
  }
  for (const [name, message] of Object.entries(messages)) {
    t.equal((await session.send(message)).code, 'ENOSYS', name)
  }
  t.same(session.log, [])
})

t.test('OPEN, OPENDIR, RELEASE, RELEASEDIR and STATFS are served without methods', async (t) => {
  const session = serve(t, {})
  const { request } = session
  const opened = await session.send(request.opendir(1))
  for (const message of [
    request.open(1),
    request.release(1, 0),
    request.releasedir(1, opened.opened.fh),
    request.statfs(1),
  ]) {
    t.equal((await session.send(message)).error, 0)
  }
})

t.test('a handler cannot say ENOSYS: it is EIO, and logged', async (t) => {
  const session = serve(t, everyName({ getattr: fails('ENOSYS') }))
  const reply = await session.send(session.request.getattr(2))
  refusedAsJunk(t, session, reply, 'GETATTR', 'ENOSYS')
})

t.test('what is no filesystem error is EIO, logged once with opcode, unique and why', async (t) => {
  let thrown: unknown
  const session = serve(t, {
    getattr: () => {
      throw thrown
    },
  })
  for (const [value, shown] of [
    [new TypeError('x is undefined'), /TypeError: x is undefined\n +at .*dispatcher\.test/],
    [Object.assign(new Error('odd'), { code: 'EWEIRD' }), /odd/],
    [Object.assign(new Error('number'), { code: 5 }), /number/],
    ['text', /'text'/],
    [undefined, /undefined/],
    [null, /null/],
    [Object.create(null), /null prototype/],
    [Symbol('s'), /Symbol\(s\)/],
  ] as const) {
    thrown = value
    const message = session.request.getattr(2)
    t.equal((await session.send(message)).code, 'EIO')
    t.equal(session.log.length, 1)
    t.ok(
      session.log[0]?.startsWith(`GETATTR (handler getattr, unique ${uniqueOf(message)}) failed: `),
    )
    t.match(session.log[0], shown)
    session.log.length = 0
  }
})

t.test('a thrown value that fails on a look at it still ends in EIO', async (t) => {
  const evil = new Proxy(new Error('evil'), {
    get: () => {
      throw new Error('caught you')
    },
    has: () => {
      throw new Error('caught you')
    },
  })
  const session = serve(t, {
    getattr: () => {
      throw evil
    },
  })
  const reply = await session.send(session.request.getattr(2))
  refusedAsJunk(t, session, reply, 'GETATTR', 'evil')
})

t.test('a message cut short is EIO and never reaches a handler', async (t) => {
  let calls = 0
  const call = (): never => {
    calls++
    throw new FsError('EPERM')
  }
  const session = serve(t, everyName({ getattr: call, read: call, write: call, mkdir: call }))
  const { request } = session
  for (const [opcode, whole] of [
    ['GETATTR', request.getattr(2)],
    ['READ', request.read(1, 0, 0, 1)],
    ['MKDIR', request.mkdir(1, 'name', 0)],
    ['WRITE', request.write(1, 0, 0, 'data')],
  ] as const) {
    const cut = Buffer.from(
      request.message(Buffer.from(whole).readUInt32LE(4), 1, whole.subarray(40, -1)),
    )
    refusedAsJunk(t, session, await session.send(cut), opcode, `${opcode} cut short`)
    const lying = Buffer.from(request.message(cut.readUInt32LE(4), 1, whole.subarray(40)))
    lying.writeUInt32LE(lying.byteLength + 1, 0)
    refusedAsJunk(t, session, await session.send(lying), opcode, `${opcode} with a wrong length`)
  }
  t.equal(calls, 0)
})

t.test('asynchronous handlers are answered when they settle, in whatever order', async (t) => {
  const gates = new Map([2, 3, 4].map((id) => [id, gate<object>()]))
  const session = serve(
    t,
    everyName({ getattr: (node) => gates.get(node.nodeid)?.opened as Promise<typeof FILE> }),
  )
  await lookedUp(session, 'a')
  await lookedUp(session, 'b')
  await lookedUp(session, 'c')
  const order: number[] = []
  const replies = [2, 3, 4].map(async (id) => {
    const reply = await session.send(session.request.getattr(id))
    order.push(id)
    return reply.attributes.mode
  })
  await turns()
  t.equal(session.dispatcher.pending, 3)
  t.equal(session.kernel.waiting, 3)
  for (const id of [4, 2, 3]) {
    gates.get(id)?.open({ mode: 0o100600 + id })
    await turns()
  }
  t.same(order, [4, 2, 3])
  t.same(await Promise.all(replies), [0o100602, 0o100603, 0o100604])
  t.equal(session.dispatcher.pending, 0)
})

t.test('a rejection is as an error thrown, and what it is not is logged', async (t) => {
  const session = serve(t, {
    getattr: async () => fails('EACCES')(),
    access: async () => {
      throw new TypeError('async')
    },
    statfs: async () => 5 as never,
  })
  const { request } = session
  t.equal((await session.send(request.getattr(2))).code, 'EACCES')
  t.same(session.log, [])
  refusedAsJunk(t, session, await session.send(request.access(1, 0)), 'ACCESS', 'rejected')
  refusedAsJunk(t, session, await session.send(request.statfs(1)), 'STATFS', 'junk, later')
  t.equal(session.dispatcher.pending, 0)
})

t.test('any thenable does as a promise, however badly it behaves', async (t) => {
  type Settle = (value: unknown) => void
  const badly: Record<string, (resolve: Settle, reject: Settle) => void> = {
    'settles twice': (resolve, reject) => {
      resolve(FILE)
      reject(new Error('late'))
    },
    throws: fails('EIO'),
    'throws after it settled': (resolve) => {
      resolve(FILE)
      fails('EIO')()
    },
  }
  for (const [name, then] of Object.entries(badly)) {
    const session = serve(t, { getattr: () => ({ then }) as never })
    const reply = await session.send(session.request.getattr(2))
    t.equal(reply.code, name === 'throws' ? 'EIO' : undefined, name)
    t.equal(session.dispatcher.pending, 0)
  }
})

t.test('a slot serves the next request with nothing left of the one before', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    {
      mkdir: (_parent, _name, _mode, context) => {
        seen.push(context.umask, context.signal.aborted)
        return { attributes: { mode: 0o040755 } }
      },
      getattr: (_node, _file, context) => {
        seen.push(context.umask, context.interrupted)
        return FILE
      },
      read: () => Buffer.from('own'),
      statfs: fails('EIO'),
    },
    { slotCount: 1 },
  )
  const { request } = session
  await session.send(request.mkdir(1, 'd', 0, 0o777))
  t.equal((await session.send(request.read(3, 0, 0, 9))).text, 'own')
  t.equal((await session.send(request.getattr(3))).attributes.mode, FILE.mode)
  t.equal((await session.send(request.statfs(1))).code, 'EIO')
  t.equal((await session.send(request.getattr(3))).attributes.mode, FILE.mode)
  t.same(seen, [0o777, false, 0, false, 0, false])
})

t.test('more requests than slots are all served', async (t) => {
  const session = serve(t, { getattr: async () => FILE }, { slotCount: 2 })
  const replies = await Promise.all(
    Array.from({ length: 200 }, () => session.send(session.request.getattr(2))),
  )
  t.ok(replies.every((reply) => reply.attributes.mode === FILE.mode))
})

t.test('uid and gid are undefined where the kernel cannot tell them', async (t) => {
  const session = serve(t, {
    getattr: (_node, _file, { uid, gid, pid }) => {
      t.same([uid, gid, pid], [undefined, undefined, 0])
      return FILE
    },
  })
  const message = Buffer.from(session.request.getattr(2))
  message.writeUInt32LE(0xffffffff, 24)
  message.writeUInt32LE(0xffffffff, 28)
  message.writeUInt32LE(0, 32)
  t.equal((await session.send(message)).error, 0)
})
