// Workers that are held: by JavaScript that never ends, by a system call, by what libuv's pool does for them.

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { codeOf } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'
import { type DyingPool, readAt, serveDying, serving } from './dying-pool.js'

t.setTimeout(600_000)

const DEADLINE_MS = 300

function withFifo(root: string): { fifo: string } {
  const fifo = join(root, 'fifo')
  execFileSync('mkfifo', [fifo])
  return { fifo }
}

function fill(fifo: string): void {
  const pipe = openSync(fifo, 'r+')
  writeSync(pipe, 'from the pipe')
  closeSync(pipe)
}

/**
 * Reads until the handler has begun: a request that no worker takes up by its deadline is answered, too. A worker that
 * has taken it up and has not come to the handler keeps the slot.
 */
async function readLate({ served, client, events }: DyingPool, name: string): Promise<string> {
  const hasBegun = (): boolean =>
    events().some((seen) => seen.event === 'read' && seen.name === name)
  for (;;) {
    const code = await readAt(client, name)
    if (code !== 'ETIMEDOUT') return code
    await waitUntil(
      'it begins, or never will',
      () => hasBegun() || served.status().counters.quarantined === 0,
    )
    if (hasBegun()) return code
  }
}

/** By requests that have no deadline: on a busy machine any read may pass it. */
const size = async ({ client }: DyingPool): Promise<bigint> => (await client.stat('/other')).size

for (const name of ['loop', 'wait', 'pipe']) {
  t.test(`a worker that is stuck in /${name} past its deadline is replaced`, async (t) => {
    const settings = { workers: 1, timeouts: { read: DEADLINE_MS } }
    const pool = await serveDying(t, settings, withFifo)
    const { served, client } = pool
    const object = await client.open('/object', 'r+')
    t.equal(await readLate(pool, name), 'ETIMEDOUT')
    const [seat] = await waitUntil('it is replaced', () => {
      const { workers } = served.status()
      return workers[0]?.restarts === 1 && workers[0].alive ? workers : undefined
    })
    t.match(seat?.lastEnd?.reason, /stuck in a handler past its deadline/)
    t.equal(await size(pool), 4096n)
    t.equal(await codeOf(() => object.write('text', 0)), 'EIO', 'its handles are lost')
    // A slot that is being answered at this very moment counts too.
    await waitUntil('none is kept', () => served.status().counters.quarantined === 0)
  })
}

t.test('a promise that is late makes no worker stuck', async (t) => {
  const pool = await serveDying(t, { workers: 1, timeouts: { read: DEADLINE_MS } })
  const { served } = pool
  t.equal(await readLate(pool, 'never'), 'ETIMEDOUT')
  // Longer than the watchdog waits for a sign of life.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.match(served.status(), {
    workers: [{ restarts: 0, alive: true }],
    counters: { quarantined: 1 },
  })
  t.equal(await size(pool), 4096n)
})

const POOL_THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
const skip = POOL_THREADS < 2 && 'the read holds the only thread of libuv’s pool'

t.test(
  'a slot that libuv still reads into is nobody else’s before the read ends',
  { skip },
  async (t) => {
    const { served, client, root, events } = await serveDying(t, { workers: 2 }, withFifo)
    const reading = readAt(client, 'pool')
    const { worker } = await waitUntil('it reads', () =>
      events().find(({ event }) => event === 'reading'),
    )
    // The pool is the process's, and takes one after the other: one that it has not begun would be cancelled.
    await stat('/')
    const seat = () => served.status().workers[worker]
    // Until the same worker is the one that dies.
    await waitUntil('that worker has died', async () => {
      t.equal(await readAt(client, 'exit'), 'EIO')
      await waitUntil('a worker is alive', () => serving(served) > 0)
      return seat()?.alive === false
    })
    t.equal(await reading, 'EIO', 'at once, although its thread has not ended')
    // A slot that is being answered at this very moment counts too.
    const areKept = (): boolean => served.status().counters.quarantined === 2
    await waitUntil('the slots of the read and of the exit are kept', areKept)
    const reads = Array.from({ length: 300 }, () => readAt(client, 'other'))
    t.strictSame(new Set(await Promise.all(reads)), new Set([String(1 - worker)]))
    await waitUntil('both are kept still', areKept)
    t.equal(seat()?.alive, false)
    fill(join(root, 'fifo'))
    await waitUntil('the seat is taken again', () => seat()?.alive)
    await waitUntil('none is kept', () => served.status().counters.quarantined === 0)
  },
)

t.test('50 stuck promises and all but one worker blocked leave the others served', async (t) => {
  const { served, client, events } = await serveDying(t, { workers: 4 })
  const object = await client.open('/object')
  const stuck = Array.from({ length: 50 }, () => readAt(client, 'never'))
  await waitUntil('they are', () => events().filter(({ name }) => name === 'never').length === 50)
  for (let blocked = 1; blocked < 4; blocked += 1) {
    stuck.push(readAt(client, 'wait'))
    await waitUntil('one is blocked', () => {
      return events().filter(({ name }) => name === 'wait').length === blocked
    })
  }
  for (let round = 0; round < 20; round += 1) {
    t.match(await readAt(client, 'other'), /\d/)
    t.equal((await client.stat('/other')).size, 4096n)
  }
  await served.close()
  t.equal(new Set(await Promise.all(stuck)).size, 1, 'all have failed alike')
  // Its answer is none that keeps this process alive.
  object.close().catch(() => undefined)
})

t.test(
  'reads that are stuck in all slots they may have leave some for metadata and control',
  async (t) => {
    const { client, served } = await serveDying(t, { workers: 2 })
    const file = await client.open('/never')
    const opened = await Promise.all(Array.from({ length: 10 }, () => client.open('/other')))
    const stuck = Array.from({ length: 400 }, () => codeOf(() => file.read(10, 0)))
    await waitUntil('many are held', () => served.status().counters.held > 100)
    for (let round = 0; round < 20; round += 1) t.equal((await client.stat('/other')).size, 4096n)
    await Promise.all(opened.map((one) => one.close()))
    await served.close()
    t.equal(new Set(await Promise.all(stuck)).size, 1)
  },
)
