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

/** The umask, which the main thread puts back, and what puts an open file into a table by no system call. */
const LEFT_OUT = ['umask', 'shareFd']
/** Each is one system call. */
const SYSTEM_CALLS: Readonly<Record<string, string>> = { statShared: 'statx', closeShared: 'close' }

/** Names of the system calls since the last time it was asked. */
function recordCalls(t: Test): () => string[] {
  const calls = loadNativeBinding().posix as unknown as Record<string, Call>
  let made: string[] = []
  for (const [name, call] of Object.entries(calls)) {
    if (name.startsWith('errno') || LEFT_OUT.includes(name)) continue
    calls[name] = (...values) => {
      const result = call(...values)
      // Nobody has it open, and nothing was asked.
      if (name !== 'statShared' || result === 0) made.push(SYSTEM_CALLS[name] ?? name)
      return result
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
  t.same(calls(), ['statx'], 'GETATTR without a handle, of an open file')
  await session.send(request.getattr(nodeid, fh))
  t.same(calls(), ['statx'], 'GETATTR with one')
  await session.send(request.release(nodeid, fh))
  t.same(calls(), ['close'], 'RELEASE')
  await session.send(request.getattr(nodeid))
  t.same(calls(), ['open_by_handle_at', 'statx', 'close'], 'GETATTR of a file that nobody has open')
  const reopened = await session.send(request.open(nodeid, 0))
  t.same(calls(), ['open_by_handle_at'], 'OPEN')
  await session.send(request.getattr(nodeid))
  t.same(calls(), ['statx'], 'GETATTR of one that is open again')
  await session.send(request.release(nodeid, reopened.opened.fh))
  t.same(calls(), ['close'], 'RELEASE of it')
  const folder = await session.send(request.mkdir(ROOT, 'folder', 0o755))
  const listed = await session.send(request.opendir(folder.entry.nodeid))
  calls()
  await session.send(request.getattr(folder.entry.nodeid))
  t.same(calls(), ['statx'], 'GETATTR of an open directory')
  await session.send(request.releasedir(folder.entry.nodeid, listed.opened.fh))
  t.same(calls(), ['close'], 'RELEASEDIR')
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
