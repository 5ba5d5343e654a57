import { FsError } from '@fuseloop/core'
import type { RequestContext } from '@fuseloop/core/session'
import { type MemorySession, type Reply, type SentRequest, uniqueOf } from '@fuseloop/core/testing'
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

t.test('an interrupt reaches a running handler by its signal and its flag', async (t) => {
  const contexts: RequestContext[] = []
  let aborted: Error | undefined
  const session = serve(t, {
    mkdir: (_parent, _name, _mode, context) =>
      new Promise((_resolve, reject) => {
        contexts.push(context)
        context.signal.addEventListener('abort', () => {
          aborted = context.signal.reason as Error
          reject(context.signal.reason)
        })
      }),
  })
  const sent = session.requestSend(session.request.mkdir(1, 'd', 0))
  await turns()
  t.equal(contexts[0]?.interrupted, false)
  await session.interrupt(sent)
  t.equal((await sent.reply).code, 'EINTR')
  t.match(aborted, { code: 'EINTR' })
  t.same(session.log, [])
})

t.test('a signal that is asked for after the interrupt is aborted already', async (t) => {
  const { opened, open } = gate()
  const session = serve(t, {
    mkdir: async (_parent, _name, _mode, context) => {
      await opened
      t.equal(context.interrupted, true)
      t.equal(context.signal.aborted, true)
      return { attributes: { mode: 0o040755 } }
    },
  })
  const sent = session.requestSend(session.request.mkdir(1, 'd', 0))
  await turns()
  await session.interrupt(sent)
  open()
  t.equal((await sent.reply).error, 0, 'the handler decides: it went on')
})

t.test('an interrupt reaches its own request only', async (t) => {
  const { opened, open } = gate()
  const signals: AbortSignal[] = []
  const session = serve(t, {
    getattr: async (_node, _file, context) => {
      signals.push(context.signal)
      await opened
      return FILE
    },
  })
  const messages = [session.request.getattr(2), session.request.getattr(2)]
  const sent = messages.map((message) => session.requestSend(message))
  await turns()
  await session.interrupt(sent[1] as SentRequest)
  await turns()
  t.same(
    signals.map((signal) => signal.aborted),
    [false, true],
  )
  open()
  await Promise.all(sent.map(({ reply }) => reply))
})

t.test('an interrupt ends what is queued, calling no handler, if that only looks', async (t) => {
  const calls: string[] = []
  const session = serve(t, {
    lookup: () => void calls.push('lookup'),
    mkdir: () => {
      calls.push('mkdir')
      return { attributes: { mode: 0o040755 } }
    },
  })
  const { request } = session
  const messages = [request.lookup(1, 'a'), request.mkdir(1, 'd', 0)]
  const sent = messages.map((message) => session.requestSend(message))
  for (const request of sent) session.kernel.signal(request)
  t.same(
    (await Promise.all(sent.map(({ reply }) => reply))).map((reply) => reply.code),
    ['EINTR', undefined],
  )
  t.same(calls, ['mkdir'])
})
