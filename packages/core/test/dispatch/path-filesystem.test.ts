// A path filesystem on its whole way: adapter and dispatcher together.

import { defineFilesystem, FsError, type PathHandlers } from '@fuseloop/core'
import { type MemorySession, serveInMemory } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'

const FILE = { mode: 0o100644 }
const ROOT = { mode: 0o040755 }

async function serve(t: Test, handlers: PathHandlers): Promise<MemorySession> {
  const session = await serveInMemory(defineFilesystem({ create: () => handlers }))
  t.teardown(() => session.close())
  return session
}

for (const [kind, getattr] of [
  [
    'throws',
    () => {
      throw new FsError('ENOENT')
    },
  ],
  ['rejects', async () => Promise.reject(new FsError('ENOENT'))],
] as const) {
  t.test(`a created file whose getattr ${kind} is released, and the client told why`, async (t) => {
    for (const later of [false, true]) {
      const released: unknown[] = []
      const session = await serve(t, {
        getattr,
        create: () => (later ? Promise.resolve(12) : 12),
        release: (file) => {
          released.push([file.path, file.handle, file.flags])
          return later ? Promise.resolve() : undefined
        },
      })
      const reply = await session.send(session.request.create(1, 'new', 0o100644, 0o101))
      t.equal(reply.code, 'ENOENT')
      t.same(released, [['/new', 12, 0o101]])
      t.equal(session.nodes.size, 1)
      t.same(session.log, [])
    }
  })
}

t.test('an unlinked file is served by its handle, with an empty path', async (t) => {
  const paths: string[] = []
  const session = await serve(t, {
    getattr: (path, file) => {
      paths.push(path)
      if (path === '' && file === undefined) throw new FsError('EINVAL')
      return path === '/' ? ROOT : FILE
    },
    open: () => 3,
    unlink: () => undefined,
    read: (file, buffer) => {
      t.same([file.path, file.handle], ['', 3])
      return buffer.write('still here')
    },
    setattr: (path, _changes, file) => {
      t.same([path, file?.handle], ['', 3])
    },
    release: (file) => t.same([file.path, file.handle], ['', 3]) as never,
  })
  const { request } = session
  const { nodeid } = (await session.send(request.lookup(1, 'f'))).entry
  const { fh } = (await session.send(request.open(nodeid))).opened
  t.equal((await session.send(request.unlink(1, 'f'))).error, 0)
  t.equal((await session.send(request.read(nodeid, fh, 0, 100))).text, 'still here')
  t.equal((await session.send(request.getattr(nodeid, fh))).error, 0)
  t.equal(paths.at(-1), '')
  t.equal((await session.send(request.setattr(nodeid, { size: 0, fh }))).error, 0)
  t.equal((await session.send(request.getattr(nodeid))).error, 0, 'by a handle that is open')
  t.equal((await session.send(request.release(nodeid, fh))).error, 0)
  t.equal((await session.send(request.getattr(nodeid))).code, 'ESTALE', 'when none is')
})

t.test('after a rename handlers hear the new path, also by the old handle', async (t) => {
  const session = await serve(t, {
    getattr: (path) => (path === '/' || path.endsWith('d') ? ROOT : FILE),
    open: () => 1,
    rename: (path, newPath) => t.same([path, newPath], ['/d/f', '/g']) as never,
    read: (file, buffer) => buffer.write(file.path),
  })
  const { request } = session
  const directory = (await session.send(request.lookup(1, 'd'))).entry.nodeid
  const { nodeid } = (await session.send(request.lookup(directory, 'f'))).entry
  const { fh } = (await session.send(request.open(nodeid))).opened
  t.equal((await session.send(request.read(nodeid, fh, 0, 100))).text, '/d/f')
  t.equal((await session.send(request.rename(directory, 'f', 1, 'g'))).error, 0)
  t.equal((await session.send(request.read(nodeid, fh, 0, 100))).text, '/g')
})
