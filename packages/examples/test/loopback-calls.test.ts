// What each request costs the loopback in system calls, which a change must not raise unnoticed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MemorySession, RequestBuilder, serveInMemory } from '@fuseloop/core/testing'
import loopback from '@fuseloop/examples/loopback'
import { loadNativeBinding } from '@fuseloop/native'
import t, { type Test } from 'tap'

const O_WRONLY = 1
const ROOT = 1

type Call = (...values: unknown[]) => unknown

/** Names of the system calls since the last time it was asked; the umask, which the main thread puts back, is left out. */
function recordCalls(t: Test): () => string[] {
  const calls = loadNativeBinding().posix as unknown as Record<string, Call>
  let made: string[] = []
  for (const [name, call] of Object.entries(calls)) {
    if (name.startsWith('errno') || name === 'umask') continue
    calls[name] = (...values) => {
      made.push(name)
      return call(...values)
    }
    t.teardown(() => {
      calls[name] = call
    })
  }
  return () => {
    const last = made
    made = []
    return last
  }
}

async function serve(t: Test): Promise<MemorySession> {
  const source = mkdtempSync(join(tmpdir(), 'fuseloop-source-'))
  t.teardown(() => rmSync(source, { recursive: true, force: true }))
  const session = await serveInMemory(loopback, { set: { source } })
  t.teardown(() => session.close())
  return session
}

/** Others open no file by its handle. */
const skip = process.geteuid?.() === 0 ? false : 'needs root'

t.test('the calls of a file that is made, written, closed and removed', { skip }, async (t) => {
  const session = await serve(t)
  const ours = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  const request = new RequestBuilder(ours)
  const calls = recordCalls(t)
  const lookup = (): Promise<unknown> => session.send(request.lookup(ROOT, 'file'))
  await lookup()
  t.same(calls(), ['openat'], 'LOOKUP of nothing')
  const made = await session.send(request.create(ROOT, 'file', 0o644, O_WRONLY))
  t.same(calls(), ['openat', 'statx', 'name_to_handle_at'], 'CREATE by who the daemon runs as')
  const { nodeid } = made.entry
  const { fh } = made.opened
  await session.send(request.write(nodeid, fh, 0, Buffer.from('text')))
  t.same(calls(), ['pwrite'], 'WRITE')
  await session.send(request.getattr(nodeid))
  t.same(calls(), ['open_by_handle_at', 'statx', 'close'], 'GETATTR without a handle')
  await session.send(request.getattr(nodeid, fh))
  t.same(calls(), ['statx'], 'GETATTR with one')
  await session.send(request.release(nodeid, fh))
  t.same(calls(), ['close'], 'RELEASE')
  await lookup()
  t.same(calls(), ['openat', 'statx', 'name_to_handle_at', 'close'], 'LOOKUP')
  await session.send(request.unlink(ROOT, 'file'))
  t.same(calls(), ['unlinkat'], 'UNLINK')
  await session.send(session.request.create(ROOT, 'other', 0o644, O_WRONLY))
  t.same(
    calls(),
    ['assumeOwner', 'openat', 'resumeOwner', 'statx', 'name_to_handle_at'],
    'CREATE by somebody else',
  )
})
