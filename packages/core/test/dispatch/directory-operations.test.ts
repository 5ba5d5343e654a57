import type { MemorySession, WireDirent } from '@fuseloop/core/testing'
import t from 'tap'
import { DIRECTORY, everyName, FILE, fails, type Handlers, refusedAsJunk, serve } from './served.js'

const OBJECT_BIT = 1n << 63n
const UNKNOWN_INO = 0xffffffffn

async function openRoot(session: MemorySession): Promise<bigint> {
  return (await session.send(session.request.opendir(1))).opened.fh
}

/** As a client's getdents: on from the cookie, at most `size` bytes at a time, until nothing comes. */
async function readAll(
  session: MemorySession,
  fh: bigint,
  size: number,
  cookie: number | bigint = 0,
): Promise<WireDirent[]> {
  const all: WireDirent[] = []
  let next = cookie
  for (;;) {
    const { dirents } = await session.send(session.request.readdir(1, fh, next, size))
    const last = dirents.at(-1)
    if (last === undefined) return all
    all.push(...dirents)
    next = last.cookie
  }
}

const names = (dirents: readonly WireDirent[]): string[] => dirents.map(({ name }) => name)

/** The two kinds of directory handle, whose listings are kept in different places. */
const KINDS: readonly [kind: string, opendir: Handlers['opendir']][] = [
  ['no handle', undefined],
  ['an integer handle', () => 7],
  ['an object handle', () => ({ handle: { path: '/' } })],
]

for (const [kind, opendir] of KINDS) {
  const handlers = (readdir: Handlers['readdir']): Handlers =>
    everyName({ ...(opendir && { opendir }), ...(readdir && { readdir }) })

  t.test(`with ${kind}, a listing comes with types, inode numbers and both dots`, async (t) => {
    const session = serve(
      t,
      handlers(() => [
        'plain',
        { name: 'directory', attributes: { ...DIRECTORY, ino: 12 } },
        { name: 'file', attributes: FILE },
      ]),
    )
    const { dirents } = await session.send(
      session.request.readdir(1, await openRoot(session), 0, 4096),
    )
    t.same(
      dirents.map(({ name, ino, type }) => [name, ino, type]),
      [
        ['.', UNKNOWN_INO, 4],
        ['..', UNKNOWN_INO, 4],
        ['plain', UNKNOWN_INO, 0],
        ['directory', 12n, 4],
        ['file', UNKNOWN_INO, 8],
      ],
    )
  })

  t.test(`with ${kind}, a listing is read in pieces of whole records of any size`, async (t) => {
    const all = Array.from({ length: 100 }, (_, index) => 'n'.repeat((index % 40) + 1) + index)
    let calls = 0
    const session = serve(
      t,
      handlers(() => {
        calls++
        return all
      }),
    )
    for (const size of [72, 100, 512, 4096, 65536]) {
      const fh = await openRoot(session)
      t.same(names(await readAll(session, fh, size)), ['.', '..', ...all], `${size} bytes`)
      await session.send(session.request.releasedir(1, fh))
    }
    t.equal(calls, 5, 'taken once per open')
  })

  t.test(`with ${kind}, any cookie continues behind its record`, async (t) => {
    const session = serve(
      t,
      handlers(() => ['a', 'bb', 'ccc']),
    )
    const fh = await openRoot(session)
    const all = await readAll(session, fh, 4096)
    for (const [index, { cookie }] of all.entries()) {
      t.same(names(await readAll(session, fh, 4096, cookie)), names(all.slice(index + 1)))
    }
  })

  t.test(`with ${kind}, a listing is stable while the directory changes`, async (t) => {
    const now = ['a', 'b', 'c', 'd']
    const session = serve(
      t,
      handlers(() => now),
    )
    const fh = await openRoot(session)
    const first = await session.send(session.request.readdir(1, fh, 0, 32 * 3))
    t.same(names(first.dirents), ['.', '..', 'a'])
    now.splice(0, 3, 'new')
    const cookie = first.dirents.at(-1)?.cookie ?? 0n
    t.same(names(await readAll(session, fh, 4096, cookie)), ['b', 'c', 'd'])
    t.same(names(await readAll(session, fh, 4096)), ['.', '..', 'new', 'd'], 'after rewinddir')
  })

  t.test(`with ${kind}, an empty directory has its dots, and a small buffer nothing`, async (t) => {
    const session = serve(
      t,
      handlers(() => []),
    )
    const fh = await openRoot(session)
    t.same(names(await readAll(session, fh, 4096)), ['.', '..'])
    const { body } = await session.send(session.request.readdir(1, fh, 0, 31))
    t.equal(body.byteLength, 0, 'no part of a record')
  })

  t.test(`with ${kind}, asynchronous listings and handlers do as well`, async (t) => {
    async function* slowly(): AsyncGenerator<string> {
      for (const name of ['x', 'y']) yield await Promise.resolve(name)
    }
    for (const readdir of [
      async () => ['x', 'y'],
      () => slowly(),
      async () => slowly(),
      async () => new Set(['x', 'y']).values(),
    ]) {
      const session = serve(t, handlers(readdir))
      t.same(names(await readAll(session, await openRoot(session), 64)), ['.', '..', 'x', 'y'])
    }
  })

  t.test(`with ${kind}, junk from readdir is EIO`, async (t) => {
    let result: unknown
    const session = serve(
      t,
      handlers(() => result as never),
    )
    const fh = await openRoot(session)
    const rejecting = (async function* () {
      yield await Promise.reject(new TypeError('broken'))
    })()
    const junk = [
      undefined,
      null,
      3,
      'names',
      {},
      [''],
      ['a/b'],
      ['a\0b'],
      [null],
      [5],
      [{}],
      [{ name: 5 }],
      [{ name: 'x', attributes: null }],
      [{ name: 'x', attributes: { mode: 0o100644, ino: 'x' } }],
      ['x'.repeat(4096)],
      rejecting,
      Promise.resolve(7),
    ]
    for (const [index, value] of junk.entries()) {
      result = value
      const reply = await session.send(session.request.readdir(1, fh, 0, 4096))
      refusedAsJunk(t, session, reply, 'READDIR', `number ${index}`)
    }
  })

  t.test(`with ${kind}, an error of readdir is the client's`, async (t) => {
    const session = serve(t, handlers(fails('EACCES')))
    const fh = await openRoot(session)
    t.equal((await session.send(session.request.readdir(1, fh, 0, 4096))).code, 'EACCES')
    t.same(session.log, [])
  })

  t.test(`with ${kind}, RELEASEDIR frees it, also when its handler fails`, async (t) => {
    for (const releasedir of [undefined, () => undefined, fails('EIO')]) {
      const session = serve(t, {
        ...handlers(() => ['a']),
        ...(releasedir && { releasedir }),
      })
      const fh = await openRoot(session)
      await readAll(session, fh, 4096)
      await session.send(session.request.releasedir(1, fh))
      t.equal(session.handles.size, 0)
      t.equal((await session.send(session.request.readdir(1, fh, 0, 4096))).code, 'EBADF')
    }
  })
}

t.test('handlers get their own handle of a directory, not the one on the wire', async (t) => {
  const directory = {}
  let handle: unknown
  const seen: unknown[] = []
  const session = serve(t, {
    opendir: (node, flags) => {
      t.same([node.nodeid, flags], [1, 0])
      return handle as number
    },
    readdir: (given) => {
      seen.push(given.handle)
      return []
    },
    fsyncdir: (given, dataOnly) => void seen.push(given.handle, dataOnly),
    releasedir: (given) => void seen.push(given.handle),
  })
  const { request } = session
  for (const [returned, expected] of [
    [undefined, 0],
    [41, 41],
    [{ handle: 42 }, 42],
    [{ handle: directory }, directory],
  ]) {
    handle = returned
    const fh = await openRoot(session)
    t.equal((fh & OBJECT_BIT) !== 0n, expected === directory)
    await session.send(request.readdir(1, fh, 0, 4096))
    await session.send(request.fsyncdir(1, fh, true))
    await session.send(request.releasedir(1, fh))
    t.same(seen.splice(0), [expected, expected, true, expected])
  }
})

t.test('two opens of one directory have listings of their own', async (t) => {
  let generation = 0
  const session = serve(t, { readdir: () => [`name ${generation++}`] })
  const [first, second] = [await openRoot(session), await openRoot(session)]
  t.not(first, second)
  t.same(names(await readAll(session, first, 4096)).at(-1), 'name 0')
  t.same(names(await readAll(session, second, 4096)).at(-1), 'name 1')
  await session.send(session.request.releasedir(1, first))
  t.same(names(await readAll(session, second, 4096, 32)), ['..', 'name 1'])
})

t.test('a cookie that nobody gave out does no harm', async (t) => {
  const session = serve(t, { readdir: () => ['abcdefghijklmnop', 'b', 'c'] })
  const fh = await openRoot(session)
  await readAll(session, fh, 4096)
  for (const cookie of [1, 8, 33, 10_000, Number.MAX_SAFE_INTEGER]) {
    const reply = await session.send(session.request.readdir(1, fh, cookie, 4096))
    t.ok(reply.error === 0 || reply.code === 'EINVAL', `${cookie}: ${reply.code}`)
  }
  const reply = await session.send(session.request.readdir(1, fh, 2n ** 63n, 4096))
  t.equal(reply.body.byteLength, 0)
})

t.test('READDIR from the middle takes a listing where there is none yet', async (t) => {
  const session = serve(t, { readdir: () => ['a', 'b'] })
  const fh = await openRoot(session)
  t.same(names(await readAll(session, fh, 4096, 64)), ['a', 'b'])
})

t.test('without opendir every directory opens; without readdir listing is ENOSYS', async (t) => {
  const session = serve(t, everyName())
  const fh = await openRoot(session)
  t.equal((await session.send(session.request.readdir(1, fh, 0, 4096))).code, 'ENOSYS')
})

t.test('junk from opendir is EIO, and no directory is left open', async (t) => {
  let result: unknown
  const session = serve(t, { opendir: () => result as number })
  for (const junk of [-1, 'x', null, 0.5, { handle: 'x' }]) {
    result = junk
    const reply = await session.send(session.request.opendir(1))
    refusedAsJunk(t, session, reply, 'OPENDIR', JSON.stringify(junk))
  }
  t.equal(session.directories.handle(1), undefined)
})

t.test('a listing may come by any thenable', async (t) => {
  // biome-ignore lint/suspicious/noThenProperty: a thenable that is no Promise is what is tested
  const thenable = { then: (resolve: (names: string[]) => void) => resolve(['a']) }
  const session = serve(t, { readdir: () => thenable as never })
  const { fh } = (await session.send(session.request.opendir(1))).opened
  const listing = await session.send(session.request.readdir(1, fh, 0, 4096))
  t.same(
    listing.dirents.map(({ name }) => name),
    ['.', '..', 'a'],
  )
})

t.test('a file is no directory and a directory no file, whatever the kernel asks', async (t) => {
  const given: unknown[] = []
  const note = (opened: { readonly handle: unknown }): void => void given.push(opened.handle)
  const session = serve(t, {
    lookup: () => ({ attributes: { mode: 0o100644 } }),
    open: () => ({ handle: {} }),
    opendir: () => ({ handle: {} }),
    read: (file) => {
      note(file)
      return 0
    },
    readdir: (directory) => {
      note(directory)
      return []
    },
    release: note,
    releasedir: note,
  })
  const { request } = session
  await session.send(request.lookup(1, 'f'))
  const file = (await session.send(request.open(2))).opened.fh
  const directory = (await session.send(request.opendir(1))).opened.fh
  for (const message of [
    request.read(2, directory, 0, 10),
    request.release(2, directory),
    request.readdir(1, file, 0, 100),
    request.releasedir(1, file),
  ]) {
    t.equal((await session.send(message)).code, 'EBADF')
  }
  t.same(given, [])
  t.equal(session.handles.size, 2, 'and nothing is closed')
})
