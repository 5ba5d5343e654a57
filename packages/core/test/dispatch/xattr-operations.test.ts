import { inspect } from 'node:util'
import t from 'tap'
import { fails, refusedAsJunk, serve } from './served.js'

const KIB_64 = 65536

t.test('SETXATTR brings name, value, flags and whether the set-group-id bit goes', async (t) => {
  const seen: unknown[] = []
  const session = serve(t, {
    setxattr: (node, name, value, flags, context) => {
      seen.push([node.nodeid, name, value.toString('latin1'), flags, context.killSuidGid])
    },
  })
  const { request } = session
  const asked = [
    request.setxattr(1, 'user.a', 'x\0y'),
    request.setxattr(1, 'user.b/c', '', { flags: 1 }),
    request.setxattr(1, 'system.posix_acl_access', 'acl', { flags: 2, setxattrFlags: 1 }),
  ]
  for (const message of asked) t.equal((await session.send(message)).error, 0)
  t.same(seen, [
    [1, 'user.a', 'x\0y', 0, false],
    [1, 'user.b/c', '', 1, false],
    [1, 'system.posix_acl_access', 'acl', 2, true],
  ])
})

t.test('a kernel without SETXATTR_EXT sends half the struct', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    { setxattr: (_node, name, value, flags) => void seen.push([name, String(value), flags]) },
    { kernel: { minor: 32 } },
  )
  const message = session.request.setxattr(1, 'user.a', 'value', { flags: 1, extended: false })
  t.equal((await session.send(message)).error, 0)
  t.same(seen, [['user.a', 'value', 1]])
})

t.test("a value of 64 KiB goes both ways, and is the handler's until it settles", async (t) => {
  const value = Buffer.from(Array.from({ length: KIB_64 }, (_, at) => at % 251))
  let kept: Buffer | undefined
  const session = serve(t, {
    setxattr: async (_node, _name, given) => {
      await new Promise((resolve) => setImmediate(resolve))
      kept = Buffer.from(given)
    },
    getxattr: () => value,
  })
  t.equal((await session.send(session.request.setxattr(1, 'user.a', value))).error, 0)
  t.ok(kept?.equals(value))
  const reply = await session.send(session.request.getxattr(1, 'user.a', KIB_64))
  t.ok(reply.body.equals(value))
})

t.test('GETXATTR: whoever asks for the size gets it, whoever has no room ERANGE', async (t) => {
  const values: unknown[] = ['grün', Buffer.from([0, 255]), new Uint8Array(0)]
  for (const value of values) {
    const session = serve(t, { getxattr: () => value as string })
    const { request } = session
    const bytes = Buffer.from(value as string)
    const size = bytes.byteLength
    t.equal((await session.send(request.getxattr(1, 'user.a', 0))).size, size)
    for (const room of [size, size + 1, KIB_64]) {
      if (room === 0) continue
      t.same((await session.send(request.getxattr(1, 'user.a', room))).body, bytes)
    }
    if (size > 1)
      t.equal((await session.send(request.getxattr(1, 'user.a', size - 1))).code, 'ERANGE')
    t.same(session.log, [])
  }
})

t.test('GETXATTR without a value is ENODATA, of more than 64 KiB E2BIG', async (t) => {
  const session = serve(t, {
    getxattr: (_node, name) =>
      name === 'user.big' ? Buffer.alloc(KIB_64 + 1) : (undefined as undefined),
    removexattr: fails('ENODATA'),
  })
  const { request } = session
  for (const size of [0, 100]) {
    t.equal((await session.send(request.getxattr(1, 'user.none', size))).code, 'ENODATA')
    t.equal((await session.send(request.getxattr(1, 'user.big', size))).code, 'E2BIG')
  }
  t.equal((await session.send(request.removexattr(1, 'user.none'))).code, 'ENODATA')
  t.same(session.log, [])
})

t.test('LISTXATTR: names with their NULs, sizes as for values', async (t) => {
  const names = new Set(['user.a', 'user.ü', 'security.capability'])
  const session = serve(t, { listxattr: () => names })
  const { request } = session
  const { size } = await session.send(request.listxattr(1, 0))
  t.equal(size, Buffer.from([...names].join('\0')).byteLength + 1)
  t.same((await session.send(request.listxattr(1, size))).names, [...names])
  t.equal((await session.send(request.listxattr(1, size - 1))).code, 'ERANGE')
})

t.test('LISTXATTR of nothing is empty, of more than 64 KiB E2BIG', async (t) => {
  let names: string[] = []
  const session = serve(t, { listxattr: async () => names })
  const { request } = session
  t.equal((await session.send(request.listxattr(1, 0))).size, 0)
  t.same((await session.send(request.listxattr(1, 100))).names, [])
  names = Array.from({ length: 256 }, (_, at) => String(at).padStart(255, 'x'))
  t.equal((await session.send(request.listxattr(1, 0))).size, KIB_64)
  t.equal((await session.send(request.listxattr(1, KIB_64))).names.length, 256)
  names.push('y')
  t.equal((await session.send(request.listxattr(1, 0))).code, 'E2BIG')
})

t.test('names that are not UTF-8 pass unchanged, as strings and as bytes', async (t) => {
  const raw = Buffer.concat([Buffer.from('user.'), Buffer.from([0xff, 0xfe])])
  for (const encoding of ['utf8', 'buffer'] as const) {
    const seen: (string | Buffer)[] = []
    const session = serve(
      t,
      {
        removexattr: (_node, name) => void seen.push(name),
        listxattr: () => seen,
      },
      { encoding },
    )
    t.equal((await session.send(session.request.removexattr(1, raw))).error, 0)
    const { body } = await session.send(session.request.listxattr(1, 100))
    t.same(body, Buffer.concat([raw, Buffer.alloc(1)]), encoding)
    t.equal(typeof seen[0], encoding === 'utf8' ? 'string' : 'object')
  }
})

t.test('junk from getxattr and listxattr is EIO', async (t) => {
  let result: unknown
  const give = (): never => result as never
  const session = serve(t, { getxattr: give, listxattr: give })
  const { request } = session
  for (const value of [null, 3, 2n, ['x'], {}, true, new ArrayBuffer(1)]) {
    result = value
    const reply = await session.send(request.getxattr(1, 'user.a', 100))
    refusedAsJunk(t, session, reply, 'GETXATTR', inspect(value))
  }
  for (const value of [undefined, null, 'name', 3, {}, [''], ['a\0b'], [3], ['x'.repeat(256)]]) {
    result = value
    const reply = await session.send(request.listxattr(1, 100))
    refusedAsJunk(t, session, reply, 'LISTXATTR', inspect(value))
  }
})

t.test('without methods each is ENOSYS, which Linux remembers', async (t) => {
  const session = serve(t, {})
  const { request } = session
  for (const message of [
    request.setxattr(1, 'user.a', ''),
    request.getxattr(1, 'user.a', 0),
    request.listxattr(1, 0),
    request.removexattr(1, 'user.a'),
  ]) {
    t.equal((await session.send(message)).code, 'ENOSYS')
  }
})
