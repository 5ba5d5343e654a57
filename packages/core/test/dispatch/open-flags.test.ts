import type { OpenResult } from '@fuseloop/core/inode'
import t from 'tap'
import { DIRECTORY, everyName, FILE, lookedUp, serve } from './served.js'

const FLAGS: readonly [choice: OpenResult, file: number, directory: number][] = [
  [{ directIo: true }, 0x1, 0],
  [{ keepCache: true }, 0x2, 0x8 | 0x2],
  [{ nonseekable: true }, 0x4, 0],
  [{ cacheDirectory: true }, 0, 0x8],
  [{ cacheDirectory: false, keepCache: true }, 0x2, 0],
  [{ stream: true }, 0x10, 0],
  [{ noFlush: true }, 0x20, 0],
  [{ parallelDirectWrites: true, directIo: true }, 0x41, 0],
  [{}, 0, 0],
]

t.test('what a handler says of an open file is a flag of the reply', async (t) => {
  for (const [choice, file, directory] of FLAGS) {
    const session = serve(
      t,
      everyName({
        open: () => ({ ...choice, handle: 1 }),
        opendir: () => choice,
        create: () => ({ ...choice, attributes: FILE }),
        tmpfile: () => ({ ...choice, attributes: FILE }),
      }),
    )
    const { request } = session
    const node = await lookedUp(session)
    const what = JSON.stringify(choice)
    for (const message of [
      request.open(node),
      request.create(1, 'c', 0o100644),
      request.tmpfile(1, 0o100600),
    ])
      t.equal((await session.send(message)).opened.openFlags, file, what)
    t.equal((await session.send(request.opendir(1))).opened.openFlags, directory, what)
  }
})

t.test('O_TRUNC stays in the flags of OPEN', async (t) => {
  const O_TRUNC = 0o1000
  let seen = 0
  const session = serve(
    t,
    everyName({
      open: (_node, flags) => {
        seen = flags
      },
    }),
  )
  const node = await lookedUp(session)
  await session.send(session.request.open(node, O_TRUNC | 1))
  t.equal(seen, O_TRUNC | 1)
})

t.test('without open, with NO_OPEN_SUPPORT, OPEN is ENOSYS and reading goes on', async (t) => {
  const session = serve(
    t,
    {
      lookup: () => ({ attributes: FILE }),
      read: (file, buffer) => buffer.write(`${file.handle}`),
    },
    { flags: { want: ['NO_OPEN_SUPPORT'] } },
  )
  const { request } = session
  const node = await lookedUp(session)
  t.equal((await session.send(request.open(node))).code, 'ENOSYS')
  t.equal((await session.send(request.read(node, 0, 0, 9))).text, '0')
  t.same(session.log, [])
  const asked = serve(t, everyName())
  t.equal((await asked.send(asked.request.open(await lookedUp(asked)))).error, 0)
})

t.test('without opendir, with NO_OPENDIR_SUPPORT, READDIR comes with no handle', async (t) => {
  let calls = 0
  const session = serve(
    t,
    {
      getattr: () => DIRECTORY,
      readdir: (directory) => {
        t.equal(directory.handle, 0)
        calls += 1
        return ['a', 'b']
      },
      readdirplus: () => ['a', 'b'],
    },
    { flags: { want: ['NO_OPENDIR_SUPPORT'] } },
  )
  const { request } = session
  t.equal((await session.send(request.opendir(1))).code, 'ENOSYS')
  const first = await session.send(request.readdir(1, 0, 0, 32 * 3))
  t.same(
    first.dirents.map(({ name }) => name),
    ['.', '..', 'a'],
  )
  const cookie = first.dirents.at(-1)?.cookie ?? 0n
  const rest = await session.send(request.readdir(1, 0, cookie, 4096))
  t.same(
    rest.dirents.map(({ name }) => name),
    ['b'],
  )
  t.equal(calls, 2, 'taken anew')
  const plus = await session.send(request.readdirplus(1, 0, cookie, 4096))
  t.same(
    plus.direntsplus.map(({ name }) => `${name}`),
    ['b'],
  )
  const other = serve(t, { readdir: () => ['a'] })
  t.equal((await other.send(other.request.readdir(1, 0, 0, 4096))).code, 'EBADF')
})
