import { inspect } from 'node:util'
import t from 'tap'
import { everyName, FILE, fails, lookedUp, refusedAsJunk, serve } from './served.js'

const TWO_53 = 2n ** 53n

t.test('GETATTR tells what the handler says, and how long it holds', async (t) => {
  const session = serve(
    t,
    {
      getattr: (node, file) => {
        t.same([node.nodeid, node.path, node.identity.byteLength, file], [1, '', 0, undefined])
        return {
          mode: 0o040711,
          size: 2n ** 40n,
          nlink: 3,
          uid: 4,
          gid: 5,
          blocks: 9,
          blksize: 512,
          mtimeNs: -1n,
          atime: new Date(1500),
          ctimeMs: 2.5,
        }
      },
    },
    { cache: { attributesTimeoutMs: 500 } },
  )
  const reply = await session.send(session.request.getattr(1))
  t.equal(reply.attributesValid, 500_000_000n)
  t.same(reply.attributes, {
    ino: 1n,
    size: 2n ** 40n,
    blocks: 9n,
    atime: 1_500_000_000n,
    mtime: -1n,
    ctime: 2_500_000n,
    mode: 0o040711,
    nlink: 3,
    uid: 4,
    gid: 5,
    rdev: 0,
    blksize: 512,
  })
})

t.test('GETATTR by an open file brings its handle', async (t) => {
  const session = serve(
    t,
    everyName({
      open: () => 77,
      getattr: (node, file) => {
        t.same([node.nodeid, file?.handle, file?.node.nodeid], [2, 77, 2])
        return FILE
      },
    }),
  )
  const node = await lookedUp(session)
  const { fh } = (await session.send(session.request.open(node))).opened
  t.equal((await session.send(session.request.getattr(node, fh))).error, 0)
})

t.test("an errno of the handler's is the client's, and is not logged", async (t) => {
  const session = serve(t, {
    getattr: fails('EACCES'),
    setattr: fails('EROFS'),
    readlink: fails('EINVAL'),
    statfs: fails('ENODEV'),
    access: fails('EACCES'),
  })
  const { request } = session
  const replies = await Promise.all(
    [
      request.getattr(1),
      request.setattr(1, {}),
      request.readlink(1),
      request.statfs(1),
      request.access(1, 2),
    ].map((message) => session.send(message)),
  )
  t.same(
    replies.map((reply) => reply.code),
    ['EACCES', 'EROFS', 'EINVAL', 'ENODEV', 'EACCES'],
  )
  t.same(session.log, [])
})

t.test('junk from getattr, setattr, readlink and statfs is EIO', async (t) => {
  let result: unknown
  const give = (): never => result as never
  const session = serve(t, { getattr: give, setattr: give, readlink: give, statfs: give })
  const { request } = session
  const figures = { bsize: 4096, blocks: 1, bfree: 1, bavail: 1, files: 1, ffree: 1 }
  const junk: [opcode: string, message: () => Uint8Array, values: unknown[]][] = [
    [
      'GETATTR',
      () => request.getattr(1),
      [undefined, null, 'x', {}, { mode: 'x' }, { ...FILE, size: 1.5 }, { ...FILE, ino: -1 }],
    ],
    [
      'SETATTR',
      () => request.setattr(1, { mode: 0o100600 }),
      [undefined, {}, { ...FILE, mtime: 'now' }, { ...FILE, uid: 2 ** 32 }],
    ],
    [
      'READLINK',
      () => request.readlink(1),
      [undefined, 3, '', 'a\0b', '\ud800', 'x'.repeat(4096), ['x'], new Uint8Array(3)],
    ],
    [
      'STATFS',
      () => request.statfs(1),
      [undefined, 3, {}, { ...figures, bsize: 0.5 }, { ...figures, blocks: -1n }],
    ],
  ]
  for (const [opcode, message, values] of junk) {
    for (const value of values) {
      result = value
      refusedAsJunk(
        t,
        session,
        await session.send(message()),
        opcode,
        `${opcode} ${inspect(value)}`,
      )
    }
  }
})

t.test('SETATTR passes on what is asked for and nothing else', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    everyName({
      open: () => 5,
      setattr: (_node, changes, file) => {
        seen.push([changes, file?.handle])
        return FILE
      },
    }),
  )
  const { request } = session
  const node = await lookedUp(session)
  const { fh } = (await session.send(request.open(node))).opened
  const asked = [
    request.setattr(node, { mode: 0o104755 }),
    request.setattr(node, { uid: 0, gid: 4294967294 }),
    request.setattr(node, { size: TWO_53 - 1n, fh }),
    request.setattr(node, { atime: 'now', mtime: 'now' }),
    request.setattr(node, { atime: -1_500_000_000n, mtime: 7n, ctime: 1n }),
    request.setattr(node, {}),
  ]
  for (const message of asked) t.equal((await session.send(message)).attributes.mode, FILE.mode)
  t.same(seen, [
    [{ mode: 0o4755 }, undefined],
    [{ uid: 0, gid: 4294967294 }, undefined],
    [{ size: Number.MAX_SAFE_INTEGER }, 5],
    [{ atime: 'now', mtime: 'now' }, undefined],
    [{ atime: -1_500_000_000n, mtime: 7n, ctime: 1n }, undefined],
    [{}, undefined],
  ])
})

t.test('truncating beyond 2^53-1 is EFBIG, and no handler hears of it', async (t) => {
  let calls = 0
  const session = serve(t, {
    setattr: () => {
      calls++
      return FILE
    },
  })
  for (const size of [TWO_53, 2n ** 63n - 1n]) {
    t.equal((await session.send(session.request.setattr(1, { size }))).code, 'EFBIG')
  }
  t.equal(calls, 0)
  t.same(session.log, [])
})

t.test('READLINK gives the target, also as bytes, and up to 4095 of them', async (t) => {
  const targets = ['../a b/ü', Buffer.from([0x2f, 0xff]), 'y'.repeat(4095)]
  let index = 0
  const session = serve(t, { readlink: () => targets[index] as string })
  for (const target of targets) {
    const reply = await session.send(session.request.readlink(1))
    t.same(reply.body, Buffer.from(target as string))
    index++
  }
})

t.test('STATFS gives the figures, or those of an unknown size without a handler', async (t) => {
  const session = serve(t, {
    statfs: () => ({
      bsize: 512,
      frsize: 256,
      blocks: 2n ** 50n,
      bfree: 3,
      bavail: 2,
      files: 5,
      ffree: 4,
      namelen: 99,
    }),
  })
  t.same((await session.send(session.request.statfs(1))).statfs, {
    bsize: 512,
    frsize: 256,
    blocks: 2n ** 50n,
    bfree: 3n,
    bavail: 2n,
    files: 5n,
    ffree: 4n,
    namelen: 99,
  })
  const without = serve(t, {})
  t.match((await without.send(without.request.statfs(1))).statfs, {
    bsize: 4096,
    blocks: 0n,
    namelen: 255,
  })
})

t.test('ACCESS passes the mask on', async (t) => {
  const masks: number[] = []
  const session = serve(t, { access: (_node, mask) => void masks.push(mask) })
  for (const mask of [0, 4, 7]) {
    t.equal((await session.send(session.request.access(1, mask))).error, 0)
  }
  t.same(masks, [0, 4, 7])
})
