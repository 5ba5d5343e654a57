import { FsError } from '@fuseloop/core'
import t from 'tap'
import { DIRECTORY, everyName, FILE, fails, lookedUp, refusedAsJunk, serve } from './served.js'

t.test('LOOKUP answers with an entry, its attributes and how long they hold', async (t) => {
  const session = serve(
    t,
    {
      lookup: (parent, name, context) => {
        t.same([parent.nodeid, name], [1, 'hello'])
        t.same([context.uid, context.gid, context.pid, context.worker], [1000, 1000, 5_000_000, 0])
        return { attributes: { mode: 0o100640, size: 5, nlink: 2, uid: 7, gid: 8, ino: 99 } }
      },
    },
    { cache: { entryTimeoutMs: 1500, attributesTimeoutMs: 250 } },
  )
  const { entry } = await session.send(session.request.lookup(1, 'hello'))
  t.equal(entry.nodeid, 2)
  t.equal(entry.generation, 0n)
  t.same([entry.entryValid, entry.attrValid], [1_500_000_000n, 250_000_000n])
  t.match(entry.attributes, { mode: 0o100640, size: 5n, nlink: 2, uid: 7, gid: 8, ino: 99n })
  t.equal(session.nodes.path(2)?.toString(), 'hello')
})

t.test("an entry's own times go before those of the definition", async (t) => {
  const session = serve(t, {
    lookup: () => ({ attributes: FILE, entryTimeoutMs: 0, attributesTimeoutMs: 60_000 }),
  })
  const { entry } = await session.send(session.request.lookup(1, 'f'))
  t.same([entry.entryValid, entry.attrValid], [0n, 60_000_000_000n])
})

t.test('LOOKUP of a missing name fails, by undefined or by ENOENT', async (t) => {
  const session = serve(t, {
    lookup: (_parent, name) => {
      if (name === 'thrown') throw new FsError('ENOENT')
      return undefined
    },
  })
  for (const name of ['thrown', 'undefined']) {
    t.equal((await session.send(session.request.lookup(1, name))).code, 'ENOENT', name)
  }
  t.equal(session.nodes.size, 1)
  t.same(session.log, [])
})

t.test('a missing name is an entry without a node where it may be cached', async (t) => {
  const session = serve(t, { lookup: () => undefined }, { cache: { negativeTimeoutMs: 2000 } })
  const { entry } = await session.send(session.request.lookup(1, 'gone'))
  t.equal(entry.nodeid, 0)
  t.equal(entry.entryValid, 2_000_000_000n)
  t.equal(session.nodes.size, 1)
})

t.test('ENOENT that was thrown is never a negative entry', async (t) => {
  const session = serve(t, { lookup: fails('ENOENT') }, { cache: { negativeTimeoutMs: 2000 } })
  t.equal((await session.send(session.request.lookup(1, 'gone'))).code, 'ENOENT')
})

t.test('hard links and renamed files keep one nodeid by their identity', async (t) => {
  const identity = Buffer.from('inode 12')
  const session = serve(t, { lookup: () => ({ identity, attributes: FILE }) })
  const first = await lookedUp(session, 'a')
  t.equal(await lookedUp(session, 'b'), first)
  t.same(session.nodes.identity(first), identity)
})

t.test('a file that comes where a directory was gets a new nodeid', async (t) => {
  let attributes = DIRECTORY
  const session = serve(t, { lookup: () => ({ attributes }) })
  const directory = await lookedUp(session, 'x')
  attributes = FILE
  t.not(await lookedUp(session, 'x'), directory)
})

t.test('junk from lookup is EIO, and no lookup is counted', async (t) => {
  let result: unknown
  const session = serve(t, { lookup: () => result as never })
  const entry = (more: object): object => ({ attributes: FILE, ...more })
  const junk: [string, unknown][] = [
    ['null', null],
    ['a number', 3],
    ['no attributes', {}],
    ['attributes without a mode', { attributes: {} }],
    ['a mode without a file type', { attributes: { mode: 0o644 } }],
    ['a negative size', { attributes: { ...FILE, size: -1 } }],
    ['an identity that is text', entry({ identity: 'x' })],
    ['an empty identity', entry({ identity: new Uint8Array(0) })],
    ['an identity of 65 bytes', entry({ identity: new Uint8Array(65) })],
    ['a negative timeout', entry({ entryTimeoutMs: -1 })],
    ['a timeout that is no number', entry({ attributesTimeoutMs: Number.NaN })],
    ['a timeout of text', entry({ entryTimeoutMs: 'long' })],
  ]
  for (const [message, value] of junk) {
    result = value
    refusedAsJunk(t, session, await session.send(session.request.lookup(1, 'f')), 'LOOKUP', message)
    t.equal(session.nodes.size, 1, `${message}: no node is left`)
  }
})

t.test('a name from the wire that no file can have is EIO, and no handler sees it', async (t) => {
  let calls = 0
  const session = serve(t, {
    lookup: () => {
      calls++
      return undefined
    },
  })
  for (const body of ['', 'a/b\0', '\0', 'no end']) {
    const reply = await session.send(session.request.message(1, 1, Buffer.from(body)))
    refusedAsJunk(t, session, reply, 'LOOKUP', JSON.stringify(body))
  }
  t.equal(calls, 0)
})

t.test('a child of a nodeid that was never given out is ESTALE', async (t) => {
  const session = serve(t, everyName())
  t.equal((await session.send(session.request.lookup(77, 'f'))).code, 'ESTALE')
  t.equal(session.nodes.size, 1)
  t.same(session.log, [])
})

t.test('a directory found below itself is ELOOP, and not counted', async (t) => {
  const identity = Buffer.from('directory')
  const session = serve(t, { lookup: () => ({ identity, attributes: DIRECTORY }) })
  const node = await lookedUp(session, 'd')
  t.equal((await session.send(session.request.lookup(node, 'again'))).code, 'ELOOP')
  await session.forget(node, 1)
  t.equal(session.nodes.size, 1)
  t.same(session.log, [])
})

t.test('MKDIR, MKNOD and SYMLINK make nodes and tell mode, umask and target', async (t) => {
  const calls: unknown[] = []
  const session = serve(t, {
    mkdir: (parent, name, mode, context) => {
      calls.push(['mkdir', parent.nodeid, name, mode, context.umask])
      return { attributes: DIRECTORY }
    },
    mknod: (parent, name, mode, rdev, context) => {
      calls.push(['mknod', parent.nodeid, name, mode, rdev, context.umask])
      return { attributes: { mode: 0o020600, rdev } }
    },
    symlink: (parent, name, target, context) => {
      calls.push(['symlink', parent.nodeid, name, target, context.umask])
      return { attributes: { mode: 0o120777 } }
    },
  })
  const { request } = session
  const made = [
    await session.send(request.mkdir(1, 'd', 0o755, 0o027)),
    await session.send(request.mknod(1, 'n', 0o020600, 0x103, 0o077)),
    await session.send(request.symlink(1, 's', '../some/where')),
  ]
  t.same(
    made.map((reply) => reply.entry.nodeid),
    [2, 3, 4],
  )
  t.equal(made[1]?.entry.attributes.rdev, 0x103)
  t.same(calls, [
    ['mkdir', 1, 'd', 0o755, 0o027],
    ['mknod', 1, 'n', 0o020600, 0x103, 0o077],
    ['symlink', 1, 's', '../some/where', 0],
  ])
  t.equal(session.nodes.path(2)?.toString(), 'd')
})

t.test('LINK gives the node its second name', async (t) => {
  const identity = Buffer.from('one')
  const session = serve(t, {
    lookup: () => ({ identity, attributes: FILE }),
    link: (node, parent, name) => {
      t.same([node.nodeid, node.path, parent.nodeid, name], [2, 'old', 1, 'new'])
      return { identity, attributes: { ...FILE, nlink: 2 } }
    },
  })
  const node = await lookedUp(session, 'old')
  const { entry } = await session.send(session.request.link(node, 1, 'new'))
  t.equal(entry.nodeid, node)
  t.equal(entry.attributes.nlink, 2)
})

t.test('UNLINK and RMDIR take the name from the node, and only when they succeed', async (t) => {
  let busy = true
  const session = serve(
    t,
    everyName({
      unlink: () => {
        if (busy) throw new FsError('EBUSY')
      },
      rmdir: fails('ENOTEMPTY'),
    }),
  )
  const { request } = session
  const node = await lookedUp(session, 'f')
  t.equal((await session.send(request.unlink(1, 'f'))).code, 'EBUSY')
  t.equal(session.nodes.path(node)?.toString(), 'f')
  busy = false
  t.equal((await session.send(request.unlink(1, 'f'))).error, 0)
  t.equal(session.nodes.path(node), undefined, 'the node lives on without a name')
  t.not(session.nodes.identity(node), undefined)
  t.equal((await session.send(request.rmdir(1, 'd'))).code, 'ENOTEMPTY')
})

t.test('RENAME moves the name and what is below it, and only when it succeeds', async (t) => {
  let fail = true
  const session = serve(t, {
    lookup: (_parent, name) => ({
      attributes: String(name).startsWith('d') ? DIRECTORY : FILE,
    }),
    rename: (parent, name, newParent, newName) => {
      if (fail) throw new FsError('EXDEV')
      t.same([parent.path, name, newParent.path, newName], ['', 'd1', 'd2', 'moved'])
    },
  })
  const d1 = await lookedUp(session, 'd1')
  const d2 = await lookedUp(session, 'd2')
  const file = await lookedUp(session, 'f', d1)
  const message = () => session.request.rename(1, 'd1', d2, 'moved')
  t.equal((await session.send(message())).code, 'EXDEV')
  t.equal(session.nodes.path(file)?.toString(), 'd1/f')
  fail = false
  t.equal((await session.send(message())).error, 0)
  t.equal(session.nodes.path(file)?.toString(), 'd2/moved/f')
})

t.test('names are Buffers under the encoding that says so, and survive as they are', async (t) => {
  const strange = Buffer.from([0xff, 0x66, 0xe9])
  const session = serve(
    t,
    {
      lookup: (_parent, name) => {
        t.ok(Buffer.isBuffer(name))
        t.same(name, strange)
        return { attributes: FILE }
      },
      getattr: (node) => {
        t.same(node.path, strange)
        return FILE
      },
    },
    { encoding: 'buffer' },
  )
  const reply = await session.send(session.request.lookup(1, strange))
  t.equal((await session.send(session.request.getattr(reply.entry.nodeid))).error, 0)
})

t.test('under utf8 an invalid byte is a lone surrogate, and the path keeps it', async (t) => {
  const session = serve(t, {
    lookup: (_parent, name) => {
      t.equal(name, 'a\udcff')
      return { attributes: FILE }
    },
    getattr: (node) => {
      t.equal(node.path, 'a\udcff')
      return FILE
    },
  })
  const reply = await session.send(session.request.lookup(1, Buffer.from([0x61, 0xff])))
  t.equal((await session.send(session.request.getattr(reply.entry.nodeid))).error, 0)
})
