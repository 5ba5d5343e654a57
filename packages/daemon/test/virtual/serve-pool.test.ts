// A filesystem served by the real reader, ring and workers, with a connection in this process for a kernel.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineFilesystem } from '@fuseloop/core'
import { type Reply, RequestBuilder, replyBounds } from '@fuseloop/core/testing'
import { type PoolSettings, type ServedPool, servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'
import { openGateOf } from '../support/gate.js'
import { waitUntil } from '../support/wait-until.js'

const interruptible = new URL('../mount/filesystems/interruptible.js', import.meta.url)
const ROOT = 1

t.setTimeout(600_000)

/** Ends with the test at the latest. */
async function serve(
  t: Test,
  filesystem: Parameters<typeof servePool>[0],
  settings: PoolSettings = {},
): Promise<ServedPool> {
  const pool = await servePool(filesystem, settings)
  t.teardown(() => pool.close())
  return pool
}

async function readHello({ kernel }: ServedPool): Promise<string> {
  const { request } = kernel
  const { nodeid } = (await kernel.send(request.lookup(ROOT, 'hello'))).entry
  const { fh } = (await kernel.send(request.open(nodeid))).opened
  const { text } = await kernel.send(request.read(nodeid, fh, 0, 4096))
  await kernel.send(request.release(nodeid, fh))
  return text
}

for (const workers of [1, 4]) {
  t.test(`${workers} worker(s) answer LOOKUP, GETATTR, OPEN and READ`, async (t) => {
    const served = await serve(t, 'hello', { workers, set: { greeting: 'virtually' } })
    const { kernel } = served
    const root = await kernel.send(kernel.request.getattr(ROOT))
    t.equal(root.attributes.mode, 0o40755)
    t.equal((await kernel.send(kernel.request.lookup(ROOT, 'none'))).code, 'ENOENT')
    const texts = await Promise.all(Array.from({ length: 100 }, () => readHello(served)))
    t.strictSame(new Set(texts), new Set(['virtually']))
    kernel.verify({ released: true })
    const { loop, workers: seats, counters } = served.status()
    t.equal(loop, 'multi')
    t.equal(seats.length, workers)
    t.equal(counters.requests, 2 + 4 * 100)
  })
}

t.test('a live filesystem is served on this thread', async (t) => {
  const filesystem = defineFilesystem({
    create: () => ({
      getattr: (path) => (path === '/' ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444, size: 2 }),
      read: (_file, buffer) => buffer.write('ok'),
    }),
  })
  const served = await serve(t, filesystem)
  t.equal(served.status().loop, 'single')
  t.equal(await readHello(served), 'ok')
  served.kernel.verify({ released: true })
})

t.test("the daemon's lookup counts are those of the kernel", async (t) => {
  const { kernel } = await serve(t, 'hello', { workers: 2 })
  const look = (): Promise<Reply> => kernel.send(kernel.request.lookup(ROOT, 'hello'))
  const replies = await Promise.all(Array.from({ length: 50 }, look))
  kernel.verify()
  kernel.cache.forget(BigInt(replies[0]?.entry.nodeid ?? 0), 1n)
  t.throws(() => kernel.verify(), { message: /^lookup count kept: .* 49 times, .* counted 50/ })
})

t.test("a request of this process's own is refused at once in single", async (t) => {
  const own = { pid: process.pid }
  for (const [loop, code] of [
    ['single', 'EDEADLK'],
    ['multi', undefined],
  ] as const) {
    const { kernel } = await serve(t, 'hello', { loop, workers: 1 })
    const reply = await kernel.send(new RequestBuilder(own).lookup(ROOT, 'hello'))
    t.equal(reply.code, code, loop)
    t.equal((await kernel.send(kernel.request.lookup(ROOT, 'hello'))).error, 0, 'others are served')
    kernel.verify()
  }
})

t.test('a signal reaches the handler that works for its client', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fuseloop-virtual-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const events = join(folder, 'events')
  const { kernel } = await serve(t, interruptible, { workers: 2, set: { events } })
  const { nodeid } = (await kernel.send(kernel.request.lookup(ROOT, 'signal'))).entry
  const { fh } = (await kernel.send(kernel.request.open(nodeid))).opened
  const read = kernel.requestSend(kernel.request.read(nodeid, fh, 0, 4096))
  await waitUntil('the handler begins', () => existsSync(events))
  kernel.signal(read)
  t.equal((await read.reply).code, 'EINTR')
  kernel.verify()
})

t.test('the end fails what is in flight and what comes, and the pool with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fuseloop-virtual-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [how, reason] of [
    ['unmount', 'unmounted'],
    ['abort', 'aborted'],
  ] as const) {
    const events = join(folder, how)
    const pool = await serve(t, interruptible, { workers: 1, set: { events } })
    const { kernel } = pool
    const { nodeid } = (await kernel.send(kernel.request.lookup(ROOT, 'ignore'))).entry
    const { fh } = (await kernel.send(kernel.request.open(nodeid))).opened
    const read = kernel.send(kernel.request.read(nodeid, fh, 0, 4096))
    await waitUntil('the handler begins', () => existsSync(events))
    kernel[how]()
    t.equal((await read).code, 'ECONNABORTED')
    openGateOf(events, 'ignore')
    t.equal((await kernel.send(kernel.request.getattr(ROOT))).code, 'ENOTCONN')
    t.match(await pool.closed, { reason })
  }
})

t.test('a closed loop of clients takes a time', async (t) => {
  const pool = await serve(t, 'hello', { workers: 2 })
  const message = pool.kernel.request.getattr(ROOT)
  const count = 2000
  t.ok((await pool.connection.repeat(message, replyBounds(message), 4, count)) > 0)
  t.equal(pool.status().counters.requests, count)
})

t.test('what cannot be served is refused as by mount()', async (t) => {
  await t.rejects(servePool('./no-such-module.js'), { code: 'ERR_FUSE_BAD_MODULE' })
  await t.rejects(servePool('hello', { set: { nonsense: 1 } }), { code: 'ERR_FUSE_BAD_OPTION' })
  await t.rejects(servePool('hello', { init: new Uint8Array(40) }), { code: 'ERR_FUSE_SHORT_READ' })
})
