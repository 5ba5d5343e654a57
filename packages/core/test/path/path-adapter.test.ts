import type {
  AttributeChanges,
  InodeHandlers,
  InodeNode,
  OpenFile,
  Text,
} from '@fuseloop/core/inode'
import { adaptPathHandlers, type PathHandlers } from '@fuseloop/core/path'
import type { RequestContext } from '@fuseloop/core/session'
import t from 'tap'

type Handle = number | object
type Given = PathHandlers<Text, Handle>
type Name = keyof Given

const CONTEXT = { worker: 0 } as RequestContext
const ATTRIBUTES = { mode: 0o100644, size: 5 } as never
const O_RDWR = 2

const ROOT = node('')
const DIRECTORY = node('a/b')
const FILE = node('a/f')
const UNLINKED = node(undefined)

function node(path: Text | undefined): InodeNode<Text> {
  return { nodeid: 5, identity: new Uint8Array(0), path }
}

function open(of: InodeNode<Text>, handle: Handle = 7): OpenFile<Text, Handle> {
  return { node: of, handle, flags: O_RDWR }
}

type Call = readonly [method: string, ...given: unknown[]]

/** Path handlers that note what they are called with, the context left out, and return what `answers` says. */
function recorder(
  answers: Readonly<Record<string, unknown>> = {},
  asynchronous = false,
): { given: Given; calls: Call[]; adapted: Required<InodeHandlers<Text, Handle>> } {
  const calls: Call[] = []
  const given: Record<string, unknown> = {}
  for (const method of METHODS) {
    given[method] = function (this: unknown, ...args: unknown[]) {
      if (this !== given) throw new Error(`${method}: this is lost`)
      const context = args.at(-1)
      if (context !== CONTEXT && method !== 'dispose') throw new Error(`${method}: no context`)
      calls.push([method, ...args.slice(0, -1)])
      const answer = method === 'getattr' ? ATTRIBUTES : answers[method]
      return asynchronous ? Promise.resolve(answer) : answer
    }
  }
  const adapted = adaptPathHandlers(given as Given) as Required<InodeHandlers<Text, Handle>>
  return { given: given as Given, calls, adapted }
}

const METHODS: readonly Name[] = [
  'getattr',
  'setattr',
  'readlink',
  'symlink',
  'mknod',
  'mkdir',
  'unlink',
  'rmdir',
  'rename',
  'link',
  'open',
  'create',
  'tmpfile',
  'read',
  'write',
  'flush',
  'release',
  'fsync',
  'opendir',
  'readdir',
  'readdirplus',
  'releasedir',
  'fsyncdir',
  'statfs',
  'access',
  'setxattr',
  'getxattr',
  'listxattr',
  'removexattr',
  'fallocate',
  'lseek',
  'copy_file_range',
  'syncfs',
  'ioctl',
  'poll',
  'statx',
  'bmap',
  'dispose',
]

const BUFFER = Buffer.alloc(4)
const CHANGES: AttributeChanges = { mode: 0o600 }
const DETAILS = { argument: 1n, isDirectory: false, isCompat: false, is32Bit: false }
const F = { path: '/a/f', handle: 7, flags: O_RDWR }
const D = { path: '/a/b', handle: 7, flags: O_RDWR }
const ENTRY = { attributes: ATTRIBUTES }

interface Mapping {
  readonly method: keyof InodeHandlers
  readonly call: (adapted: Required<InodeHandlers<Text, Handle>>) => unknown
  readonly calls: readonly Call[]
  /** What the path handler of that name returns. */
  readonly answer?: unknown
  readonly result?: unknown
}

const MAPPINGS: readonly Mapping[] = [
  {
    method: 'lookup',
    call: (to) => to.lookup(DIRECTORY, 'n', CONTEXT),
    calls: [['getattr', '/a/b/n', undefined]],
    result: ENTRY,
  },
  {
    method: 'getattr',
    call: (to) => to.getattr(FILE, undefined, CONTEXT),
    calls: [['getattr', '/a/f', undefined]],
    result: ATTRIBUTES,
  },
  {
    method: 'setattr',
    call: (to) => to.setattr(FILE, CHANGES, open(FILE), CONTEXT),
    calls: [
      ['setattr', '/a/f', CHANGES, F],
      ['getattr', '/a/f', F],
    ],
    result: ATTRIBUTES,
  },
  {
    method: 'readlink',
    call: (to) => to.readlink(FILE, CONTEXT),
    calls: [['readlink', '/a/f']],
    answer: 'target',
    result: 'target',
  },
  {
    method: 'symlink',
    call: (to) => to.symlink(DIRECTORY, 'n', 'target', CONTEXT),
    calls: [
      ['symlink', 'target', '/a/b/n'],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'mknod',
    call: (to) => to.mknod(DIRECTORY, 'n', 0o10644, 3, CONTEXT),
    calls: [
      ['mknod', '/a/b/n', 0o10644, 3],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'mkdir',
    call: (to) => to.mkdir(DIRECTORY, 'n', 0o755, CONTEXT),
    calls: [
      ['mkdir', '/a/b/n', 0o755],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'unlink',
    call: (to) => to.unlink(DIRECTORY, 'n', CONTEXT),
    calls: [['unlink', '/a/b/n']],
  },
  {
    method: 'rmdir',
    call: (to) => to.rmdir(DIRECTORY, 'n', CONTEXT),
    calls: [['rmdir', '/a/b/n']],
  },
  {
    method: 'rename',
    call: (to) => to.rename(DIRECTORY, 'n', ROOT, 'm', 0, CONTEXT),
    calls: [['rename', '/a/b/n', '/m', 0]],
  },
  {
    method: 'tmpfile',
    call: (to) => to.tmpfile(DIRECTORY, 0o600, O_RDWR, CONTEXT),
    calls: [
      ['tmpfile', '/a/b', 0o600, O_RDWR],
      ['getattr', '', { path: '', handle: 9, flags: O_RDWR }],
    ],
    answer: 9,
    result: { handle: 9, attributes: ATTRIBUTES },
  },
  {
    method: 'link',
    call: (to) => to.link(FILE, DIRECTORY, 'n', undefined, CONTEXT),
    calls: [
      ['link', '/a/f', '/a/b/n', undefined],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'open',
    call: (to) => to.open(FILE, O_RDWR, CONTEXT),
    calls: [['open', '/a/f', O_RDWR]],
    answer: { handle: 9, directIo: true },
    result: { handle: 9, directIo: true },
  },
  {
    method: 'create',
    call: (to) => to.create(DIRECTORY, 'n', 0o644, O_RDWR, CONTEXT),
    calls: [
      ['create', '/a/b/n', 0o644, O_RDWR],
      ['getattr', '/a/b/n', { path: '/a/b/n', handle: 9, flags: O_RDWR }],
    ],
    answer: { handle: 9, keepCache: true },
    result: { handle: 9, keepCache: true, attributes: ATTRIBUTES },
  },
  {
    method: 'read',
    call: (to) => to.read(open(FILE), BUFFER, 100, CONTEXT),
    calls: [['read', F, BUFFER, 100]],
    answer: 4,
    result: 4,
  },
  {
    method: 'write',
    call: (to) => to.write(open(FILE), BUFFER, 100, CONTEXT),
    calls: [['write', F, BUFFER, 100]],
    answer: 4,
    result: 4,
  },
  { method: 'flush', call: (to) => to.flush(open(FILE), CONTEXT), calls: [['flush', F]] },
  { method: 'release', call: (to) => to.release(open(FILE), CONTEXT), calls: [['release', F]] },
  {
    method: 'fsync',
    call: (to) => to.fsync(open(FILE), true, CONTEXT),
    calls: [['fsync', F, true]],
  },
  {
    method: 'opendir',
    call: (to) => to.opendir(DIRECTORY, 0, CONTEXT),
    calls: [['opendir', '/a/b', 0]],
    answer: 9,
    result: 9,
  },
  {
    method: 'readdir',
    call: (to) => to.readdir(open(DIRECTORY), 5, CONTEXT),
    calls: [['readdir', '/a/b', D, 5]],
    answer: ['x'],
    result: ['x'],
  },
  {
    method: 'readdirplus',
    call: (to) => to.readdirplus(open(DIRECTORY), 5, CONTEXT),
    calls: [['readdirplus', '/a/b', D, 5]],
    answer: ['x'],
    result: ['x'],
  },
  {
    method: 'releasedir',
    call: (to) => to.releasedir(open(DIRECTORY), CONTEXT),
    calls: [['releasedir', D]],
  },
  {
    method: 'fsyncdir',
    call: (to) => to.fsyncdir(open(DIRECTORY), false, CONTEXT),
    calls: [['fsyncdir', D, false]],
  },
  {
    method: 'statfs',
    call: (to) => to.statfs(ROOT, CONTEXT),
    calls: [['statfs', '/']],
    answer: { blocks: 1 },
    result: { blocks: 1 },
  },
  {
    method: 'access',
    call: (to) => to.access(FILE, 4, CONTEXT),
    calls: [['access', '/a/f', 4]],
  },
  {
    method: 'fallocate',
    call: (to) => to.fallocate(open(FILE), 3, 10, 20, CONTEXT),
    calls: [['fallocate', F, 3, 10, 20]],
  },
  {
    method: 'lseek',
    call: (to) => to.lseek(open(FILE), 10, 4, CONTEXT),
    calls: [['lseek', F, 10, 4]],
    answer: 50,
    result: 50,
  },
  {
    method: 'copy_file_range',
    call: (to) => to.copy_file_range(open(FILE), 1, open(DIRECTORY), 2, 3, CONTEXT),
    calls: [['copy_file_range', F, 1, D, 2, 3]],
    answer: 3,
    result: 3,
  },
  {
    method: 'ioctl',
    call: (to) => to.ioctl(open(FILE), 1, BUFFER, 2, DETAILS, CONTEXT),
    calls: [['ioctl', F, 1, BUFFER, 2, DETAILS]],
    answer: 3,
    result: 3,
  },
  {
    method: 'poll',
    call: (to) => to.poll(open(FILE), 5, undefined, CONTEXT),
    calls: [['poll', F, 5, undefined]],
    answer: 4,
    result: 4,
  },
  {
    method: 'statx',
    call: (to) => to.statx(UNLINKED, open(UNLINKED), 1, 2, CONTEXT),
    calls: [['statx', '', { ...F, path: '' }, 1, 2]],
    answer: ATTRIBUTES,
    result: ATTRIBUTES,
  },
  {
    method: 'bmap',
    call: (to) => to.bmap(FILE, 512, 4, CONTEXT),
    calls: [['bmap', '/a/f', 512, 4]],
    answer: 9,
    result: 9,
  },
  {
    method: 'syncfs',
    call: (to) => to.syncfs(ROOT, CONTEXT),
    calls: [['syncfs', '/']],
  },
  {
    method: 'setxattr',
    call: (to) => to.setxattr(FILE, 'user.a', BUFFER, 1, CONTEXT),
    calls: [['setxattr', '/a/f', 'user.a', BUFFER, 1]],
  },
  {
    method: 'getxattr',
    call: (to) => to.getxattr(FILE, 'user.a', CONTEXT),
    calls: [['getxattr', '/a/f', 'user.a']],
    answer: 'value',
    result: 'value',
  },
  {
    method: 'listxattr',
    call: (to) => to.listxattr(DIRECTORY, CONTEXT),
    calls: [['listxattr', '/a/b']],
    answer: ['user.a'],
    result: ['user.a'],
  },
  {
    method: 'removexattr',
    call: (to) => to.removexattr(FILE, 'user.a', CONTEXT),
    calls: [['removexattr', '/a/f', 'user.a']],
  },
]

for (const { method, call, calls, answer, result } of MAPPINGS) {
  t.test(`${method} reaches the path handlers, and makes no promise of its own`, async (t) => {
    const made = recorder({ [method]: answer })
    const returned = call(made.adapted)
    t.notOk(returned instanceof Promise)
    t.same(returned, result)
    t.same(made.calls, calls)
  })

  t.test(`${method} waits for asynchronous path handlers, one after the other`, async (t) => {
    const made = recorder({ [method]: answer }, true)
    const returned = call(made.adapted)
    t.ok(returned instanceof Promise)
    t.equal(made.calls.length, 1, 'the second is called when the first is done')
    t.same(await returned, result)
    t.same(made.calls, calls)
  })
}

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
