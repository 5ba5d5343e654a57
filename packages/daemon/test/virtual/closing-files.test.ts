// What clients have open when the connection ends is flushed and released by the filesystem's own handlers: by the
// native session and by its twin in memory alike.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KernelClient, serveInMemory, type VirtualKernel } from '@fuseloop/core/testing'
import type { LostFile } from '@fuseloop/daemon'
import { type ServedPool, servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'
import storing from '../mount/filesystems/storing.js'
import { codeOf } from '../support/virtual-test.js'
import { waitUntil, within } from '../support/wait-until.js'

const filesystem = fileURLToPath(new URL('../mount/filesystems/storing.js', import.meta.url))
const DEADLINE_MS = 60_000

t.setTimeout(600_000)

interface Event {
  readonly event: string
  readonly path: string
  readonly worker: number
}

/** A filesystem that is served, by threads or on this one. */
interface Served {
  readonly kernel: VirtualKernel
  readonly client: KernelClient
  /** Ends the connection with files open, and waits until all is over. */
  end(deadlineMs?: number): Promise<readonly LostFile[]>
  events(): Event[]
  /** What was done to one file, in order. */
  done(path: string): string[]
}

interface Settings {
  readonly workers?: number
  readonly numbers?: boolean
}

type Serve = (t: Test, settings?: Settings) => Promise<Served>

async function inPool(t: Test, settings: Settings = {}): Promise<Served & ServedPool> {
  const { workers = 2, ...options } = settings
  const { set, ...recorded } = place(t, options)
  const pool = await servePool(filesystem, { workers, set })
  t.teardown(() => pool.close())
  return {
    ...pool,
    ...recorded,
    client: clientOf(pool.kernel),
    end: async (deadlineMs) => {
      if (deadlineMs === undefined) await pool.close()
      else await pool.shutdown({ deadlineMs })
      return (await pool.closed).lost
    },
  }
}

async function inMemory(t: Test, settings: Settings = {}): Promise<Served> {
  const { workers = 2, ...options } = settings
  const { set, ...recorded } = place(t, options)
  const session = await serveInMemory(storing, { workers, set })
  return {
    ...recorded,
    kernel: session.kernel,
    client: clientOf(session.kernel),
    end: async () => {
      session.kernel.unmount()
      await session.close()
      return session.lost
    },
  }
}

function clientOf(kernel: VirtualKernel): KernelClient {
  return new KernelClient(kernel, { caller: { uid: 0, gid: 0, pid: 1 } })
}

/** Settings of the filesystem, and what it records by them. */
function place(t: Test, { numbers = false }: Settings) {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-closing-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const set = { events: join(root, 'events'), numbers }
  const events = (): Event[] => recorded(set.events)
  return {
    set,
    events,
    done: (path: string) =>
      events()
        .filter((event) => event.path === path)
        .map(({ event }) => event),
  }
}

function recorded(file: string): Event[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Event)
}

/** A test of either. */
function alike(name: string, body: (t: Test, serve: Serve) => Promise<void>): void {
  t.test(`by threads: ${name}`, (t) => body(t, inPool))
  t.test(`on this thread: ${name}`, (t) => body(t, inMemory))
}

for (const numbers of [false, true]) {
  alike(
    `${numbers ? 'integer' : 'object'} handles that were written are flushed, synced and released`,
    async (t, serve) => {
      const served = await serve(t, { workers: 3, numbers })
      const { client } = served
      for (let index = 0; index < 12; index++) {
        const file = await client.open(`/written${index}`, 'r+')
        await file.write('text', 0)
      }
      const read = await client.open('/read', 'r')
      await read.read(10, 0)
      const flushed = await client.open('/flushed', 'r+')
      await flushed.write('text', 0)
      await flushed.flush()
      const closed = await client.open('/closed', 'r+')
      await closed.write('text', 0)
      await closed.close()
      const twice = [await client.open('/twice', 'r+'), await client.open('/twice', 'r+')]
      for (const file of twice) await file.write('text', 0)

      t.same(await within('the end', served.end(), DEADLINE_MS), [])
      for (let index = 0; index < 12; index++)
        t.same(served.done(`/written${index}`), ['write', 'flush', 'fsync', 'release'])
      t.same(served.done('/read'), ['release'], 'what was only read is released')
      t.same(served.done('/flushed'), ['write', 'flush', 'release'], 'nothing is flushed in vain')
      t.same(served.done('/closed'), ['write', 'flush', 'release'], 'the client has closed it')
      t.equal(served.done('/twice').filter((event) => event === 'release').length, 2)
      const workers = (path: string): number =>
        new Set(
          served
            .events()
            .filter((event) => event.path === path)
            .map(({ worker }) => worker),
        ).size
      if (!numbers) t.equal(workers('/written3'), 1, 'an object is flushed where it was opened')
    },
  )
}

alike('a write that follows a flush makes its file dirty again', async (t, serve) => {
  const served = await serve(t)
  const file = await served.client.open('/file', 'r+')
  await file.write('one', 0)
  await file.flush()
  await file.write('two', 3)
  await served.end()
  t.same(served.done('/file'), ['write', 'flush', 'write', 'flush', 'fsync', 'release'])
})

alike('what fails or takes too long is told by its path', async (t, serve) => {
  const served = await serve(t)
  const names = ['good', 'flush-EIO', 'fsync-ENOSPC', 'release-EDQUOT', 'flush-never', 'flush-50']
  for (const name of names) {
    const file = await served.client.open(`/${name}`, 'r+')
    await file.write('text', 0)
  }
  const lost = await within('the end', served.end(6000), DEADLINE_MS)
  t.same(
    [...lost].sort((a, b) => `${a.path}`.localeCompare(`${b.path}`)),
    [
      { path: 'flush-EIO', code: 'EIO' },
      { path: 'flush-never', code: 'ETIMEDOUT' },
      { path: 'fsync-ENOSPC', code: 'ENOSPC' },
      { path: 'release-EDQUOT', code: 'EDQUOT' },
    ],
  )
  t.same(
    served.done('/flush-EIO'),
    ['write', 'flush', 'fsync', 'release'],
    'a failure ends nothing',
  )
  t.same(served.done('/flush-50'), ['write', 'flush', 'flush done', 'fsync', 'release'])
})

alike('a write that is on its way goes before the flush', async (t, serve) => {
  const served = await serve(t, { workers: 1 })
  const file = await served.client.open('/write-300', 'r+')
  const writing = codeOf(() => file.write('text', 0))
  await waitUntil('the handler is at work', () => served.events().length === 1)
  t.same(await within('the end', served.end(), DEADLINE_MS), [])
  t.equal(await writing, 'ECONNABORTED')
  t.same(served.done('/write-300'), ['write', 'write done', 'flush', 'fsync', 'release'])
})

alike('more files than slots are all flushed', async (t, serve) => {
  const served = await serve(t, { workers: 2 })
  for (let index = 0; index < 700; index++) {
    const file = await served.client.open(`/many${index}`, 'r+')
    await file.write('x', 0)
  }
  t.same(await within('the end', served.end(), DEADLINE_MS), [])
  const released = served.events().filter(({ event }) => event === 'release')
  t.equal(new Set(released.map(({ path }) => path)).size, 700)
})

t.test('from shutdown() on nothing is opened, and what is open is served', async (t) => {
  const served = await inPool(t, { workers: 1 })
  const { client } = served
  const file = await client.open('/file', 'r+')
  served.refuseOpens()
  t.equal(await codeOf(() => client.open('/file', 'r')), 'ESHUTDOWN')
  t.equal(await codeOf(() => client.readdir('/')), 'ESHUTDOWN')
  const { request } = served.kernel
  t.equal((await served.kernel.send(request.create(1, 'new', 0o100644))).code, 'ESHUTDOWN')
  t.equal((await served.kernel.send(request.tmpfile(1, 0o100644))).code, 'ESHUTDOWN')
  t.equal(await codeOf(() => file.write('text', 0)), 'ok')
  t.equal(await codeOf(() => client.stat('/file')), 'ok')
})
