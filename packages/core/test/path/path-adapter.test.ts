// What the adapter does around path handlers: names, nodes without one, handles, errors.

import { adaptPathHandlers } from '@fuseloop/core/path'
import t from 'tap'
import {
  ATTRIBUTES,
  BUFFER,
  CHANGES,
  CONTEXT,
  DIRECTORY,
  FILE,
  type Given,
  type Handle,
  METHODS,
  node,
  O_RDWR,
  open,
  ROOT,
  recorder,
  UNLINKED,
} from './adapted.js'

t.test('dispose is passed on', async (t) => {
  const { adapted, calls } = recorder()
  await adapted.dispose()
  t.same(calls, [['dispose']])
})

t.test('only methods whose path counterpart exists are present', async (t) => {
  const { given } = recorder()
  for (const method of METHODS) {
    if (method === 'getattr') continue
    const { [method]: _left, ...rest } = given
    const adapted = adaptPathHandlers(rest)
    // Its listing is then that of `readdir`.
    t.equal(method in adapted, method === 'readdirplus', `without ${method}`)
    const { [method]: only } = given
    const single = adaptPathHandlers({ getattr: given.getattr, [method]: only } as Given)
    // What is listed serves both kinds of listing.
    const more = method === 'readdir' ? ['readdirplus'] : []
    t.same(Object.keys(single).toSorted(), ['getattr', 'lookup', method, ...more].toSorted())
  }
})

t.test('methods of a class and its prototype are found', async (t) => {
  class Handlers {
    readonly name = 'x'
    getattr(path: string): never {
      return { path, name: this.name } as never
    }
  }
  const adapted = adaptPathHandlers(new Handlers() as Given)
  t.same(adapted.getattr?.(FILE, undefined, CONTEXT), { path: '/a/f', name: 'x' })
})

t.test('children of the root have one slash before their name', async (t) => {
  const { adapted, calls } = recorder()
  adapted.lookup(ROOT, 'n', CONTEXT)
  await adapted.getattr(ROOT, undefined, CONTEXT)
  adapted.link(FILE, ROOT, 'm', undefined, CONTEXT)
  t.same(
    calls.map((call) => call[1]),
    ['/n', '/', '/a/f', '/m'],
  )
})

t.test('paths of Buffers stay Buffers, byte by byte', async (t) => {
  const { adapted, calls } = recorder()
  const bytes = Buffer.from([0xff, 0x2f, 0x80])
  await adapted.getattr(node(bytes), undefined, CONTEXT)
  await adapted.unlink(node(bytes), Buffer.from([0xfe]), CONTEXT)
  await adapted.unlink(node(Buffer.alloc(0)), Buffer.from([0xfe]), CONTEXT)
  const paths = calls.map((call) => call[1])
  t.ok(paths.every((path) => Buffer.isBuffer(path)))
  t.same(
    paths.map((path) => [...(path as Buffer)]),
    [
      [0x2f, 0xff, 0x2f, 0x80],
      [0x2f, 0xff, 0x2f, 0x80, 0x2f, 0xfe],
      [0x2f, 0xfe],
    ],
  )
})

t.test('a node to which no name leads is ESTALE, and no handler is called', async (t) => {
  const { adapted, calls } = recorder()
  const attempts = [
    () => adapted.getattr(UNLINKED, undefined, CONTEXT),
    () => adapted.setattr(UNLINKED, CHANGES, undefined, CONTEXT),
    () => adapted.lookup(UNLINKED, 'n', CONTEXT),
    () => adapted.mkdir(UNLINKED, 'n', 0o755, CONTEXT),
    () => adapted.create(UNLINKED, 'n', 0o644, 0, CONTEXT),
    () => adapted.unlink(UNLINKED, 'n', CONTEXT),
    () => adapted.rename(DIRECTORY, 'n', UNLINKED, 'm', 0, CONTEXT),
    () => adapted.link(UNLINKED, DIRECTORY, 'n', undefined, CONTEXT),
    () => adapted.open(UNLINKED, 0, CONTEXT),
    () => adapted.opendir(UNLINKED, 0, CONTEXT),
    () => adapted.readlink(UNLINKED, CONTEXT),
    () => adapted.statfs(UNLINKED, CONTEXT),
    () => adapted.access(UNLINKED, 4, CONTEXT),
  ]
  for (const attempt of attempts) t.throws(attempt, { name: 'FsError', code: 'ESTALE' })
  t.same(calls, [])
})

t.test('an unlinked file is known by its handle, with an empty path', async (t) => {
  const { adapted, calls } = recorder()
  const file = { path: '', handle: 7, flags: O_RDWR }
  await adapted.getattr(UNLINKED, open(UNLINKED), CONTEXT)
  await adapted.setattr(UNLINKED, CHANGES, open(UNLINKED), CONTEXT)
  await adapted.read(open(UNLINKED), BUFFER, 0, CONTEXT)
  await adapted.write(open(UNLINKED), BUFFER, 0, CONTEXT)
  await adapted.flush(open(UNLINKED), CONTEXT)
  await adapted.fsync(open(UNLINKED), false, CONTEXT)
  await adapted.release(open(UNLINKED), CONTEXT)
  await adapted.releasedir(open(UNLINKED), CONTEXT)
  t.same(calls, [
    ['getattr', '', file],
    ['setattr', '', CHANGES, file],
    ['getattr', '', file],
    ['read', file, BUFFER, 0],
    ['write', file, BUFFER, 0],
    ['flush', file],
    ['fsync', file, false],
    ['release', file],
    ['releasedir', file],
  ])
})

t.test('the handle is the same object all the way', async (t) => {
  const { adapted, calls } = recorder()
  const handle = { fd: 3 }
  await adapted.release(open(FILE, handle), CONTEXT)
  t.equal((calls[0]?.[1] as { handle: object } | undefined)?.handle, handle)
})

t.test(
  'create without a handle, or with a bare one, asks for the attributes with it',
  async (t) => {
    for (const [answer, handle] of [
      [undefined, 0],
      [0, 0],
      [9, 9],
      [{}, 0],
    ] as const) {
      const { adapted, calls } = recorder({ create: answer })
      const entry = adapted.create(ROOT, 'n', 0o644, 1, CONTEXT) as { handle?: Handle }
      t.equal(entry.handle ?? 0, handle)
      t.same(calls[1], ['getattr', '/n', { path: '/n', handle, flags: 1 }])
    }
  },
)

t.test('an error of a handler is the caller’s, and no attributes are asked for', async (t) => {
  const error = Object.assign(new Error('x'), { code: 'EEXIST' })
  const calls: string[] = []
  const getattr = () => {
    calls.push('getattr')
    return ATTRIBUTES
  }
  const fails = () => {
    throw error
  }
  const sync = adaptPathHandlers({ getattr, mkdir: fails, setattr: fails })
  t.throws(() => sync.mkdir?.(ROOT, 'n', 0, CONTEXT), error)
  t.throws(() => sync.setattr?.(FILE, CHANGES, undefined, CONTEXT), error)
  const rejects = adaptPathHandlers({ getattr, mkdir: () => Promise.reject(error) })
  await t.rejects(Promise.resolve(rejects.mkdir?.(ROOT, 'n', 0, CONTEXT)), error)
  t.same(calls, [])
})

t.test('without getattr there is nothing to serve', async (t) => {
  t.same(adaptPathHandlers({ mkdir: () => undefined }), {})
})

t.test(
  'rename gets its flags where it declares them, else EINVAL is answered for it',
  async (t) => {
    const seen: unknown[] = []
    const getattr = (): never => ATTRIBUTES
    const declared = adaptPathHandlers({
      getattr,
      rename: (path, newPath, flags, context) => void seen.push(path, newPath, flags, context),
    })
    await declared.rename?.(DIRECTORY, 'n', ROOT, 'm', 2, CONTEXT)
    t.same(seen, ['/a/b/n', '/m', 2, CONTEXT])
    const without = adaptPathHandlers({ getattr, rename: (path) => void seen.push(path) })
    t.throws(() => without.rename?.(DIRECTORY, 'n', ROOT, 'm', 1, CONTEXT), { code: 'EINVAL' })
    await without.rename?.(DIRECTORY, 'n', ROOT, 'm', 0, CONTEXT)
    t.same(seen.slice(4), ['/a/b/n'])
  },
)

t.test('readdir serves readdirplus where the path handlers have no other', async (t) => {
  const offsets: unknown[] = []
  const adapted = adaptPathHandlers({
    getattr: () => ATTRIBUTES,
    readdir: (_path, _directory, offset) => {
      offsets.push(offset)
      return ['x']
    },
  })
  t.same(await adapted.readdirplus?.(open(DIRECTORY), 2n ** 60n, CONTEXT), ['x'])
  t.same(offsets, [2n ** 60n])
  t.notOk('readdirplus' in adaptPathHandlers({ getattr: () => ATTRIBUTES }))
})

t.test('a file without a name is linked by its handle', async (t) => {
  const { adapted, calls } = recorder()
  await adapted.link(UNLINKED, ROOT, 'm', open(UNLINKED), CONTEXT)
  t.same(calls, [
    ['link', '', '/m', { path: '', handle: 7, flags: O_RDWR }],
    ['getattr', '/m', undefined],
  ])
})
