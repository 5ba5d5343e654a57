// Work spreads over the workers, and a handler that blocks holds up its own worker only.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProcess, outcomeOf } from '../support/client-process.js'
import { openGate } from '../support/gate.js'
import { testMount, testMountInAllLoops, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/blocking.js', import.meta.url)
const gated = new URL('./filesystems/gated.js', import.meta.url)
/** At least; and until each worker has had its share, also where that depends on the CPUs that clients run on (io_uring). */
const ROUNDS = 100
const SHARE = 20

testWorkers(
  'every worker serves when clients are many and handlers block for 5 ms',
  { filesystem, workers: 4 },
  async (t, mounted) => {
    const over = join(mounted.root, 'over')
    const clients = Array.from({ length: 8 }, () =>
      mounted.startCall(
        async ({ fs }, path, rounds, over) => {
          const file = fs.openSync(path, 'r')
          console.log('ready')
          await new Promise((resolve) => process.stdin.once('data', resolve))
          for (let round = 0; round < rounds || !fs.existsSync(over); round += 1)
            fs.readSync(file, Buffer.alloc(4), 0, 4, 0)
          fs.closeSync(file)
        },
        mounted.path('sleep-5'),
        ROUNDS,
        over,
      ),
    )
    for (const client of clients) await client.printed('ready')
    for (const client of clients) client.write('go')
    // A thread that stands still for a while gets its share later.
    await waitUntil('each worker has served some', async () =>
      (await mounted.status()).workers.every(({ served }) => served >= SHARE),
    )
    writeFileSync(over, '')
    for (const client of clients) outcomeOf(await client.ended)
    const { workers, operations } = await mounted.status()
    t.equal(workers.length, 4)
    for (const { worker, alive } of workers) t.ok(alive, `worker ${worker} is alive`)
    const reads = operations.find(({ name }) => name === 'READ')
    t.ok((reads?.count ?? 0) >= 8 * ROUNDS, 'all reads are counted')
    t.ok((reads?.p50Us ?? 0) >= 4900, 'their time is that of the handler at least')
  },
)

/** A client whose read blocks its handler until the gate is opened. */
async function startBlocked(mounted: Mounted): Promise<ClientProcess> {
  const blocked = mounted.start('cat', [mounted.path('blocks')])
  await waitUntil('the read is with its handler', () => mounted.events().length > 0)
  return blocked
}

/** A client that reads /good many times. */
function startReader(mounted: Mounted): ClientProcess {
  return mounted.startCall(({ fs }, path) => {
    for (let round = 0; round < 50; round += 1) fs.readFileSync(path)
    return 'done'
  }, mounted.path('good'))
}

testWorkers(
  'a handler that blocks delays nobody else in multi',
  { filesystem: gated, workers: 2 },
  async (t, mounted) => {
    const blocked = await startBlocked(mounted)
    t.equal(outcomeOf(await startReader(mounted).ended), 'done')
    t.ok(blocked.isRunning, 'while it blocks')
    openGate(mounted, 'blocks')
    t.equal((await blocked.ended).stdout, 'text')
  },
)

testMount(
  'a handler that blocks holds up everybody in single',
  { filesystem: gated, loop: 'single' },
  async (t, mounted) => {
    const blocked = await startBlocked(mounted)
    const reader = startReader(mounted)
    await waitUntil('the reader waits', () => (mounted.waiting ?? 0) >= 2)
    t.ok(reader.isRunning)
    openGate(mounted, 'blocks')
    t.equal((await blocked.ended).stdout, 'text')
    t.equal(outcomeOf(await reader.ended), 'done', 'and then it is served')
  },
)

testMountInAllLoops(
  'handlers are made before anything is mounted, however long it takes',
  { filesystem: new URL('./filesystems/witness.js', import.meta.url) },
  async (t, mounted) => {
    const made = mounted.events<{ worker: number; isMounted: boolean }>()
    const { workers, loop } = await mounted.status()
    t.equal(made.length, loop === 'single' ? 1 : workers.length)
    t.same(
      made.filter(({ isMounted }) => isMounted),
      [],
    )
  },
)
