// Opens with a backing file, on a virtual kernel that refuses what the real one does.

import { constants } from 'node:fs'
import type { OpenResult } from '@fuseloop/core/inode'
import { OpenReplyFlag } from '@fuseloop/core/protocol'
import { KernelClient, type MemorySession, type ServeOptions } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'
import { MemoryFiles } from './memory-file.js'
import { everyName, FILE, lookedUp, refusedAsJunk, serve } from './served.js'

const { O_APPEND, O_NOATIME, O_RDONLY } = constants
const { DIRECT_IO, KEEP_CACHE, NOFLUSH, PARALLEL_DIRECT_WRITES, PASSTHROUGH } = OpenReplyFlag
const EPERM = -1
const ELOOP = -40

interface Passing {
  readonly session: MemorySession
  readonly files: MemoryFiles
  readonly client: KernelClient
}

/** By the flags of open: O_APPEND gives no backing file, O_NOATIME another one than the others. */
function passing(t: Test, more: OpenResult = {}, options: ServeOptions = {}): Passing {
  const files = new MemoryFiles('the file behind', 'another file')
  let descriptor = 0
  const opened = (flags: number): OpenResult => {
    if ((flags & O_APPEND) !== 0) return { handle: 1 }
    descriptor = 1 - descriptor
    return {
      handle: 1,
      backingFd: (flags & O_NOATIME) === 0 ? descriptor : 2 + descriptor,
      ...more,
    }
  }
  const session = serve(
    t,
    everyName({
      getattr: () => FILE,
      open: (_node, flags) => opened(flags),
      create: (_parent, _name, _mode, flags) => ({ attributes: FILE, ...opened(flags) }),
      tmpfile: (_parent, _mode, flags) => ({ attributes: FILE, ...opened(flags) }),
      read: () => Buffer.from('the handler'),
      write: (_file, buffer) => buffer.length,
    }),
    { flags: { want: ['PASSTHROUGH'] }, kernel: { backing: files.source }, ...options },
  )
  return { session, files, client: new KernelClient(session.kernel) }
}

t.test('the kernel reads and writes the file behind, and the handlers are not asked', async (t) => {
  const { session, files, client } = passing(t)
  const file = await client.open('/f', 'r+')
  t.equal(String(await file.read(100, 0)), 'the file behind')
  t.equal(await file.write('THE', 0), 3)
  t.equal(files.text(0), 'THE file behind')
  t.match(session.backingFiles.counts(), { active: 1, opens: 1, errno: 0 })
  await file.close()
  t.match(session.backingFiles.counts(), { active: 0, opens: 1 })
  t.same(session.kernel.connection.backings.ids, [])
})

t.test('CREATE and TMPFILE open so too', async (t) => {
  const { session, files } = passing(t, {}, {})
  const { request } = session
  for (const message of [request.create(1, 'new', 0o100644), request.tmpfile(1, 0o100600)]) {
    const { opened } = await session.send(message)
    t.equal(opened.openFlags, PASSTHROUGH)
    t.ok(opened.backingId > 0)
  }
  t.equal(files.reads, 0)
  t.match(session.backingFiles.counts(), { active: 2, opens: 2 })
})

t.test('all opens of a file have one backing id, until the last is released', async (t) => {
  const { session, client } = passing(t)
  const node = await lookedUp(session)
  const [first, second] = [
    await session.send(session.request.open(node)),
    await session.send(session.request.open(node)),
  ]
  t.equal(first?.opened.backingId, second?.opened.backingId)
  await session.send(session.request.release(node, 1))
  t.match(session.backingFiles.counts(), { active: 1, opens: 2 })
  const third = await client.open('/f')
  t.equal(String(await third.read(3, 0)), 'the', 'the id is still good')
  await third.close()
  await session.send(session.request.release(node, 1))
  t.match(session.backingFiles.counts(), { active: 0, opens: 3 })
  const { opened } = await session.send(session.request.open(node))
  t.not(opened.backingId, first?.opened.backingId, 'the next has another')
})

t.test('while a file is open in the ordinary way, it is not passed through', async (t) => {
  const { session, client } = passing(t)
  const ordinary = await client.open('/f', O_APPEND)
  const other = await client.open('/f')
  for (const file of [ordinary, other]) t.equal(String(await file.read(20, 0)), 'the handler')
  t.match(session.backingFiles.counts(), { active: 0, opens: 0, openOtherwise: 1 })
  await ordinary.close()
  const third = await client.open('/f')
  t.equal(String(await third.read(20, 0)), 'the handler', 'one is still open')
  for (const file of [other, third]) await file.close()
  const fourth = await client.open('/f')
  t.equal(String(await fourth.read(20, 0)), 'the file behind')
  await fourth.close()
})

t.test('an open without a backing file joins those that have one, and is served', async (t) => {
  const { session, client } = passing(t)
  const passed = await client.open('/f')
  const served = await client.open('/f', O_APPEND)
  t.equal(String(await served.read(20, 0)), 'the handler')
  t.equal(String(await passed.read(20, 0)), 'the file behind')
  const node = Number(passed.nodeid)
  const { opened } = await session.send(session.request.open(node, O_APPEND))
  t.equal(opened.openFlags, PASSTHROUGH | DIRECT_IO)
  for (const file of [passed, served]) await file.close()
})

t.test('another file than the one that is passed through is served by the handlers', async (t) => {
  const { session, client } = passing(t)
  const passed = await client.open('/f')
  const other = await client.open('/f', O_NOATIME)
  t.equal(String(await other.read(20, 0)), 'the handler')
  t.match(session.backingFiles.counts(), { active: 1, opens: 1, otherFile: 1 })
  for (const file of [passed, other]) await file.close()
  const again = await client.open('/f', O_NOATIME)
  t.equal(String(await again.read(20, 0)), 'another file', 'by itself it may')
  await again.close()
})

t.test('where the kernel takes no file, opens are ordinary, and counted', async (t) => {
  for (const [error, tries] of [
    [EPERM, 1],
    [ELOOP, 3],
  ] as const) {
    let asked = 0
    const kernel = {
      backing: () => {
        asked += 1
        return error
      },
    }
    const { session, client } = passing(t, {}, { kernel })
    for (const name of ['/a', '/b', '/c']) {
      const file = await client.open(name)
      t.equal(String(await file.read(20, 0)), 'the handler')
      await file.close()
    }
    t.match(session.backingFiles.counts(), { opens: 0, byKernel: 3, errno: error })
    t.equal(asked, tries, 'what no later try will change is not tried again')
  }
})

const COMPANIONS: readonly [more: OpenResult, options: ServeOptions, flags: number][] = [
  [{ noFlush: true }, {}, PASSTHROUGH | NOFLUSH],
  [{ parallelDirectWrites: true }, {}, PASSTHROUGH | PARALLEL_DIRECT_WRITES],
  [{ keepCache: true }, {}, PASSTHROUGH],
  [{ directIo: true }, {}, PASSTHROUGH | DIRECT_IO],
  [{ nonseekable: true }, {}, OpenReplyFlag.NONSEEKABLE],
  [{ stream: true }, {}, OpenReplyFlag.STREAM],
  // The mount's setting is about the page cache, which passthrough has none of.
  [{}, { cache: 'none' }, PASSTHROUGH],
]

for (const [more, options, flags] of COMPANIONS) {
  t.test(`what may go with it goes: ${JSON.stringify([more, options])}`, async (t) => {
    const { session } = passing(t, more, options)
    const node = await lookedUp(session)
    const reply = await session.send(session.request.open(node))
    t.equal(reply.error, 0, 'the kernel takes it')
    t.equal(reply.opened.openFlags, flags)
  })
}

t.test('pages of ordinary opens are not kept: others may have written past them', async (t) => {
  const { session } = passing(t)
  const node = await lookedUp(session)
  const { opened } = await session.send(session.request.open(node, O_APPEND))
  t.equal(opened.openFlags & KEEP_CACHE, 0)
})

t.test('without PASSTHROUGH a backing file is of no effect', async (t) => {
  for (const options of [
    { flags: {} },
    { flags: { want: ['PASSTHROUGH'] }, kernel: { minor: 39 } },
  ] as const) {
    const { session } = passing(t, { keepCache: true }, options)
    const node = await lookedUp(session)
    const { opened } = await session.send(session.request.open(node))
    t.match(opened, { openFlags: KEEP_CACHE, backingId: 0 })
    t.match(session.backingFiles.counts(), { active: 0, opens: 0, byKernel: 0 })
  }
})

t.test('what is no descriptor is the filesystem’s mistake', async (t) => {
  for (const backingFd of [-1, 0.5, 2 ** 31, '5', {}] as number[]) {
    const { session } = passing(t, { backingFd })
    const node = await lookedUp(session)
    const reply = await session.send(session.request.open(node, O_RDONLY))
    const shown = typeof backingFd === 'object' ? '[object Object]' : JSON.stringify(backingFd)
    const expected = `open returned the backingFd ${shown}, expected a file descriptor`
    refusedAsJunk(t, session, reply, 'OPEN', expected)
    t.match(session.backingFiles.counts(), { active: 0, opens: 0 })
  }
})

t.test('a reply that the kernel refuses takes its registration back', async (t) => {
  const { session } = passing(t)
  const { kernel, request } = session
  const node = await lookedUp(session)
  const { device } = kernel
  const writev = device.writev.bind(device)
  for (const message of [request.open(node), request.create(1, 'new', 0o100644)]) {
    const sent = kernel.requestSend(message)
    device.writev = (pieces) => {
      device.writev = writev
      kernel.connection.drop(sent.token)
      return writev(pieces)
    }
    t.equal((await sent.reply).code, 'ECONNABORTED')
    await session.settled()
    t.match(session.backingFiles.counts(), { active: 0 })
    t.same(kernel.connection.backings.ids, [])
  }
})
