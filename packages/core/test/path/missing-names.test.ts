// ENOENT of `getattr` is, for a LOOKUP, a name that does not exist: the kernel may keep that.

import { defineFilesystem, FsError, type PathHandlers } from '@fuseloop/core'
import { type MemorySession, serveInMemory } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'

const ROOT = { mode: 0o040755 }

async function serve(
  t: Test,
  handlers: PathHandlers,
  negativeTimeoutMs: number,
): Promise<MemorySession> {
  const filesystem = defineFilesystem({ create: () => handlers, cache: { negativeTimeoutMs } })
  const session = await serveInMemory(filesystem)
  t.teardown(() => session.close())
  return session
}

const fail = (code: 'ENOENT' | 'EACCES'): never => {
  throw new FsError(code)
}

for (const [kind, getattr] of [
  ['throws', () => fail('ENOENT')],
  ['rejects', async () => fail('ENOENT')],
] as const) {
  t.test(`getattr ${kind}: the name is missing, for as long as the cache says`, async (t) => {
    const kept = await serve(t, { getattr }, 3000)
    const { entry } = await kept.send(kept.request.lookup(1, 'gone'))
    t.same([entry.nodeid, entry.entryValid], [0, 3_000_000_000n])
    const asked = await serve(t, { getattr }, 0)
    t.equal((await asked.send(asked.request.lookup(1, 'gone'))).code, 'ENOENT')
    t.same([...kept.log, ...asked.log], [])
  })
}

t.test('other errors are errors', async (t) => {
  for (const getattr of [() => fail('EACCES'), async () => fail('EACCES')]) {
    const session = await serve(t, { getattr }, 3000)
    t.equal((await session.send(session.request.lookup(1, 'f'))).code, 'EACCES')
  }
})

t.test('a name of a directory that moves meanwhile is missing where it is by then', async (t) => {
  const asked: string[] = []
  let answer: () => void = () => undefined
  const handlers: PathHandlers = {
    getattr: (path) => {
      asked.push(path)
      if (path === '/new/name') fail('ENOENT')
      if (path !== '/old/name') return ROOT
      return new Promise((_resolve, reject) => {
        answer = () => reject(new FsError('ENOENT'))
      })
    },
    rename: () => undefined,
  }
  const session = await serve(t, handlers, 3000)
  const { request } = session
  const { nodeid } = (await session.send(request.lookup(1, 'old'))).entry
  const looking = session.send(request.lookup(nodeid, 'name'))
  await session.settled()
  t.equal((await session.send(request.rename(1, 'old', 1, 'new'))).code, undefined)
  answer()
  t.equal((await looking).entry.nodeid, 0)
  t.same(asked, ['/old', '/old/name', '/new/name'])
})
