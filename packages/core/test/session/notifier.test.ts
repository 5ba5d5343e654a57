// Notifications in memory: what each call does to the kernel's caches, what it gives back, and what it waits for.

import { MemoryNodeTable, MemoryNotificationChannel, SessionNotifier } from '@fuseloop/core/session'
import { MemorySession, NotifyCode, type ServeOptions } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'
import { DIRECTORY, everyName, FILE, gate, lookedUp, serve, turns } from '../dispatch/served.js'

const PAGE = 4096

/** What the kernel was told, in order. */
function watched(session: MemorySession): { code: number; body: Buffer }[] {
  const seen: { code: number; body: Buffer }[] = []
  const { connection } = session.kernel
  connection.notificationSink = (code, body) => {
    seen.push({ code, body: Buffer.from(body) })
    return session.kernel.notified(code, body)
  }
  return seen
}

const codes = (seen: readonly { code: number }[]): number[] => seen.map(({ code }) => code)

async function rejection(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'resolved',
    (error: NodeJS.ErrnoException) => error.code ?? String(error),
  )
}

async function filled(t: Test, pages = 3): Promise<{ session: MemorySession; node: number }> {
  const session = serve(t, everyName())
  const node = await lookedUp(session)
  await session.notify.store(node, 0, Buffer.alloc(pages * PAGE, 'x'))
  return { session, node }
}

t.test('invalidateInode drops attributes, and pages only of a range', async (t) => {
  const { session, node } = await filled(t)
  const inode = session.kernel.cache.inode(BigInt(node))
  t.equal(inode?.pages.size, 3)
  t.equal(await session.notify.invalidateInode(node), 'done')
  t.match(inode, { areAttributesValid: false })
  t.equal(inode?.pages.size, 3)
  await session.notify.invalidateInode({ nodeid: node }, { offset: PAGE, length: PAGE })
  t.equal(inode?.pages.size, 2)
  await session.notify.invalidateInode(node, { offset: 0 })
  t.equal(inode?.pages.size, 0)
})

t.test('what the kernel does not know is not cached', async (t) => {
  const { notify } = serve(t, everyName())
  t.equal(await notify.invalidateInode(99), 'notCached')
  t.equal(await notify.invalidateEntry(1, 'nobody'), 'notCached')
  t.equal(await notify.invalidateEntry(99, 'nobody', { expireOnly: true }), 'notCached')
  t.equal(await notify.deleteEntry(1, 99, 'nobody'), 'notCached')
  t.equal(await notify.store(99, 0, Buffer.from('x')), 'notCached')
  t.equal(await notify.retrieve(99, 0, 10), undefined)
  t.equal(await notify.prune([99]), 'done', 'PRUNE skips unknown nodes')
})

t.test('names are forgotten, expire, or count as deleted', async (t) => {
  const session = serve(t, everyName())
  const { cache } = session.kernel
  for (const name of ['a', 'b', 'c']) await lookedUp(session, name)
  const node = Number(cache.dentry(1n, 'c')?.nodeid)
  t.equal(await session.notify.invalidateEntry(1, 'a'), 'done')
  t.equal(cache.dentry(1n, 'a'), undefined)
  t.equal(await session.notify.invalidateEntry(1, Buffer.from('b'), { expireOnly: true }), 'done')
  t.equal(cache.dentry(1n, 'b')?.isStale, true)
  t.equal(await session.notify.deleteEntry(1, node + 1, 'c'), 'notCached', 'another child')
  t.equal(await session.notify.deleteEntry(1, node, 'c'), 'done')
  t.equal(cache.dentry(1n, 'c'), undefined)
  await session.settled()
  t.equal(session.nodes.lookupCount(node), 0, 'and forgotten')
})

t.test("the kernel's refusals are errors with their POSIX code", async (t) => {
  const session = serve(t, {
    lookup: (_parent, name) => ({ attributes: name === 'd' ? DIRECTORY : FILE }),
  })
  const directory = await lookedUp(session, 'd')
  const file = await lookedUp(session, 'f', directory)
  t.equal(await rejection(session.notify.deleteEntry(1, directory, 'd')), 'ENOTEMPTY')
  t.equal(await rejection(session.notify.invalidateEntry(file, 'x')), 'ENOTDIR')
  t.equal(await rejection(session.notify.store(directory, 0, Buffer.from('x'))), 'EINVAL')
})

t.test('what is no node, name or range is refused before it is sent', async (t) => {
  const session = serve(t, everyName())
  const seen = watched(session)
  const { notify } = session
  for (const node of [0, -1, 1.5, NaN, 2 ** 53, undefined, null, {}])
    t.equal(await rejection(notify.invalidateInode(node as number)), 'ERR_FUSE_USAGE', `${node}`)
  for (const range of [{ offset: -1 }, { offset: NaN }, { offset: 0, length: 0 }])
    t.equal(await rejection(notify.invalidateInode(1, range)), 'ERR_FUSE_USAGE')
  t.equal(await rejection(notify.invalidateEntry(1, '')), 'ERR_FUSE_BAD_NAME')
  t.equal(await rejection(notify.deleteEntry(1, 2, 'a/b')), 'ERR_FUSE_BAD_NAME')
  t.same(seen, [])
})

t.test('the negotiated minor decides what there is', async (t) => {
  const old = serve(t, everyName(), { kernel: { minor: 37 } })
  t.equal(
    await rejection(old.notify.invalidateEntry(1, 'f', { expireOnly: true })),
    'ERR_FUSE_NOT_SUPPORTED',
  )
  t.equal(await rejection(old.notify.resend()), 'ERR_FUSE_NOT_SUPPORTED')
  const older = serve(t, everyName(), { kernel: { minor: 43 } })
  t.equal(await older.notify.resend(), 'done')
  t.equal(await rejection(older.notify.incrementEpoch()), 'ERR_FUSE_NOT_SUPPORTED')
  const previous = serve(t, everyName(), { kernel: { minor: 44 } })
  t.equal(await previous.notify.incrementEpoch(), 'done')
  t.equal(await rejection(previous.notify.prune([1])), 'ERR_FUSE_NOT_SUPPORTED')
})

t.test('STORE goes in pieces that end with a page; RETRIEVE gives all up to a hole', async (t) => {
  const session = serve(t, everyName(), { maxWrite: 65536 })
  const node = await lookedUp(session)
  const seen = watched(session)
  const data = Buffer.from(Array.from({ length: 2 * 1024 * 1024 + 77 }, (_, at) => at % 251))
  t.equal(await session.notify.store(node, 100, data), 'done')
  t.same(
    seen.map(({ body }) => [Number(body.readBigUInt64LE(8)), body.readUInt32LE(16)]),
    [
      [100, 1048476],
      [1048576, 1048576],
      [2097152, 177],
    ],
  )
  const got = await session.notify.retrieve(node, 4196, 200_000)
  t.ok(got?.equals(data.subarray(4096, 204_096)), 'in pieces of at most max_write')
  await session.notify.invalidateInode(node, { offset: 40_960, length: 1 })
  t.equal((await session.notify.retrieve(node, 0, 200_000))?.byteLength, 40_960)
  t.equal((await session.notify.retrieve(node, 40_960, 200_000))?.byteLength, 0)
})

t.test('several of one kind are said once, and all of them get the result', async (t) => {
  const session = serve(t, everyName())
  const node = await lookedUp(session)
  const seen = watched(session)
  const { notify } = session
  const results = await Promise.all([
    notify.invalidateInode(node),
    notify.invalidateInode(node, { offset: 8192, length: 4096 }),
    notify.invalidateInode(node, { offset: 4096, length: 4096 }),
    notify.invalidateInode(node),
    notify.invalidateEntry(1, 'f'),
    notify.invalidateEntry(1, 'f'),
    notify.invalidateInode(99),
    notify.invalidateInode(99),
    notify.invalidateInode(node, { offset: 2 ** 40 }),
  ])
  t.same(codes(seen), [2, 3, 2, 2])
  t.same(
    [seen[0]?.body.readBigInt64LE(8), seen[0]?.body.readBigInt64LE(16)],
    [4096n, 8192n],
    'ranges that touch',
  )
  t.same(results.slice(0, 8), [...Array(6).fill('done'), 'notCached', 'notCached'])
})

t.test('an invalidation is not moved before a STORE that came in between', async (t) => {
  const { session, node } = await filled(t, 1)
  const seen = watched(session)
  const { notify } = session
  await Promise.all([
    notify.invalidateInode(node, { offset: 0 }),
    notify.store(node, 0, Buffer.alloc(PAGE, 'y')),
    notify.invalidateInode(node, { offset: 0 }),
  ])
  t.same(codes(seen), [NotifyCode.INVAL_INODE, NotifyCode.STORE, NotifyCode.INVAL_INODE])
  t.equal(session.kernel.cache.inode(BigInt(node))?.pages.size, 0)
})

t.test('STORE waits for the READs of its file that are in flight; others pass', async (t) => {
  const reading = gate()
  const session = serve(
    t,
    everyName({
      read: async () => {
        await reading.opened
        return Buffer.from('read')
      },
    }),
  )
  const node = await lookedUp(session)
  const other = await lookedUp(session, 'g')
  const seen = watched(session)
  const { kernel, notify, request } = session
  const reply = session.send(request.read(node, 0, 0, 100))
  await turns()
  let isStored = false
  const stored = notify.store(node, 0, Buffer.from('stored')).then(() => {
    isStored = true
    return kernel.waiting
  })
  const dropped = notify.invalidateInode(node, { offset: 0 })
  t.equal(await notify.invalidateInode(other, { offset: 0 }), 'done', 'another file')
  t.equal(await notify.prune([other]), 'done')
  t.equal(isStored, false)
  t.same(codes(seen), [NotifyCode.INVAL_INODE, NotifyCode.PRUNE])
  reading.open()
  t.equal((await reply).text, 'read')
  t.equal(await stored, 0, 'after the reply')
  t.equal(await dropped, 'done')
  t.same(codes(seen).slice(2), [NotifyCode.STORE, NotifyCode.INVAL_INODE], 'in their order')
})

t.test('INVAL_ENTRY and DELETE wait for what is in flight in their directory', async (t) => {
  const looking = gate()
  const session = serve(t, {
    lookup: async (_parent, name) => {
      if (name === 'slow') await looking.opened
      return { attributes: FILE }
    },
  })
  const node = await lookedUp(session)
  const seen = watched(session)
  const reply = session.send(session.request.lookup(1, 'slow'))
  await turns()
  const { notify } = session
  const both = Promise.all([notify.invalidateEntry(1, 'f'), notify.deleteEntry(1, node, 'f')])
  t.equal(await notify.invalidateInode(node), 'done')
  t.same(codes(seen), [NotifyCode.INVAL_INODE])
  looking.open()
  await reply
  t.same(await both, ['done', 'notCached'])
})

t.test('the end settles everything; afterwards nothing is cached', async (t) => {
  const reading = gate()
  const session = new MemorySession(
    everyName({ read: () => reading.opened.then(() => Buffer.from('x')) }),
  )
  const node = await lookedUp(session)
  void session.send(session.request.read(node, 0, 0, 1))
  await turns()
  const { notify } = session
  const stored = notify.store(node, 0, Buffer.from('x'))
  session.kernel.unmount()
  await Promise.all(session.seats.map(({ ended }) => ended))
  t.equal(await stored, 'notCached')
  t.equal(await notify.invalidateInode(node), 'notCached')
  t.equal(await notify.retrieve(node, 0, 1), undefined)
  reading.open()
})

t.test('before INIT nothing is cached', async (t) => {
  const notifier = new SessionNotifier(
    new MemoryNotificationChannel(),
    new MemoryNodeTable(),
    () => undefined,
  )
  t.equal(await notifier.incrementEpoch(), 'notCached')
  t.equal(await notifier.retrieve(1, 0, 1), undefined)
})

t.test('one thread has at most 1024 notifications on their way, or 16 MiB', async (t) => {
  const pending: (() => void)[] = []
  const channel = {
    send: () =>
      new Promise<{ result: number; data: Uint8Array }>((resolve) => {
        pending.push(() => resolve({ result: 0, data: new Uint8Array(0) }))
      }),
  }
  const notifier = new SessionNotifier(channel, new MemoryNodeTable(), () => ({
    minor: 45,
    maxWrite: 4096,
    dropsChangedPages: true,
  }))
  const order: number[] = []
  const all = Array.from({ length: 1026 }, async (_, index) => {
    await notifier.invalidateInode(index + 1)
    order.push(index)
  })
  await turns()
  t.equal(pending.length, 1024)
  pending.shift()?.()
  await turns()
  t.equal(pending.length, 1024, 'the next has its place')
  while (pending.length > 0) {
    pending.shift()?.()
    await turns(1)
  }
  await Promise.all(all)
  t.same(
    order,
    [...order].sort((a, b) => a - b),
    'in order',
  )
  const stores = Array.from({ length: 20 }, () => notifier.store(1, 0, Buffer.alloc(2 ** 20)))
  await turns()
  t.equal(pending.length, 15, 'each is a little longer than 1 MiB')
  while (pending.length > 0) {
    pending.shift()?.()
    await turns(1)
  }
  await Promise.all(stores)
})

/** A tree of one directory with a file, and 'gone', which is not there. */
function tree(t: Test, options: ServeOptions = {}): MemorySession {
  return serve(
    t,
    {
      lookup: (_parent, name) => {
        if (name === 'gone') return undefined
        return {
          attributes: name === 'd' ? DIRECTORY : FILE,
          identity: Buffer.from(`the ${name}`),
        }
      },
    },
    options,
  )
}

t.test('changed: attributes and data, by path, node or identity', async (t) => {
  const session = tree(t)
  const { notify } = session
  const directory = await lookedUp(session, 'd')
  const node = await lookedUp(session, 'f', directory)
  const seen = watched(session)
  const subjects = ['/d/f', Buffer.from('//d/f/'), node, { nodeid: node }]
  for (const subject of [...subjects, { identity: Buffer.from('the f') }]) {
    t.equal(await notify.changed(subject, 'attributes'), 'done')
    t.equal(await notify.changed(subject, 'data'), 'done')
  }
  t.equal(seen.length, 10)
  for (const { code, body } of seen) {
    t.equal(code, NotifyCode.INVAL_INODE)
    t.equal(body.readBigUInt64LE(0), BigInt(node))
    t.equal(body.readBigInt64LE(8), -1n, 'AUTO_INVAL_DATA: by attributes, with no page waited for')
  }
  seen.length = 0
  for (const unknown of ['/nobody', '/d/f/below', '/nobody/f', { identity: Buffer.from('no') }])
    t.equal(await notify.changed(unknown, 'data'), 'notCached')
  t.same(seen, [], 'nothing is sent')
  t.equal(await notify.changed('/', 'attributes'), 'done', 'the root')
})

t.test('changed: without AUTO_INVAL_DATA the pages go', async (t) => {
  const session = tree(t, { flags: { refuse: ['AUTO_INVAL_DATA'] } })
  const node = await lookedUp(session)
  await session.notify.store(node, 0, Buffer.alloc(PAGE))
  t.equal(await session.notify.changed('/f', 'data'), 'done')
  t.equal(session.kernel.cache.inode(BigInt(node))?.pages.size, 0)
})

t.test('changed: a name is looked up anew, and its directory listed anew', async (t) => {
  const session = tree(t)
  const { notify } = session
  const { cache } = session.kernel
  const directory = await lookedUp(session, 'd')
  await lookedUp(session, 'f', directory)
  const seen = watched(session)
  t.equal(await notify.changed('/d/f', 'entry'), 'done')
  t.equal(cache.dentry(BigInt(directory), 'f')?.isStale, true, 'it only expires')
  t.same(codes(seen), [NotifyCode.INVAL_ENTRY, NotifyCode.INVAL_INODE])
  t.equal(await notify.changed('/d/new', 'entry'), 'done', 'a new name')
  t.equal(await notify.changed('/nowhere/new', 'entry'), 'notCached')
  t.equal(await notify.changed('/', 'entry'), 'notCached')
})

t.test('changed: what is removed counts as deleted, or is looked up anew', async (t) => {
  const session = tree(t)
  const { notify } = session
  const { cache } = session.kernel
  const directory = await lookedUp(session, 'd')
  const node = await lookedUp(session, 'f', directory)
  t.equal(await notify.changed('/d', 'removed'), 'done', 'although it is not empty')
  t.equal(cache.dentry(1n, 'd')?.isStale, true)
  const seen = watched(session)
  t.equal(await notify.changed(node, 'removed'), 'done')
  t.same(codes(seen), [NotifyCode.DELETE])
  t.equal(cache.dentry(BigInt(directory), 'f'), undefined)
  t.equal(await notify.changed(node, 'removed'), 'notCached', 'already forgotten')
})

t.test('changed: what says nothing is refused', async (t) => {
  const { notify } = tree(t)
  t.equal(await rejection(notify.changed('f', 'data')), 'ERR_FUSE_USAGE')
  t.equal(await rejection(notify.changed('', 'entry')), 'ERR_FUSE_USAGE')
  t.equal(await rejection(notify.changed('/f', 'all' as 'data')), 'ERR_FUSE_USAGE')
  t.equal(await rejection(notify.changed(0, 'data')), 'ERR_FUSE_USAGE')
})
