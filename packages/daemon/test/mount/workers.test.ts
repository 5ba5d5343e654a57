// Work spreads over the workers, and a handler that blocks holds up its own worker only.

import { outcomeOf } from '../support/client-process.js'
import { testMount, testMountInAllLoops, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/blocking.js', import.meta.url)
const BLOCK_MS = 2000
/** So many that each worker gets its share also where that depends on the CPUs that clients run on (io_uring). */
const ROUNDS = 100

testWorkers(
  'every worker serves when clients are many and handlers block for 5 ms',
  { filesystem, workers: 4 },
  async (t, mounted) => {
    const clients = Array.from({ length: 8 }, () =>
      mounted.startCall(
        async ({ fs }, path, rounds) => {
          const file = fs.openSync(path, 'r')
          console.log('ready')
          await new Promise((resolve) => process.stdin.once('data', resolve))
          for (let round = 0; round < rounds; round += 1)
            fs.readSync(file, Buffer.alloc(4), 0, 4, 0)
          fs.closeSync(file)
        },
        mounted.path('sleep-5'),
        ROUNDS,
      ),
    )
    for (const client of clients) await client.printed('ready')
    for (const client of clients) client.write('go')
    for (const client of clients) outcomeOf(await client.ended)
    const { workers, operations } = await mounted.status()
    t.equal(workers.length, 4)
    for (const { worker, served, alive } of workers) {
      t.ok(served >= 20, `worker ${worker} served ${served}`)
      t.ok(alive, `worker ${worker} is alive`)
    }
    const reads = operations.find(({ name }) => name === 'READ')
    t.ok((reads?.count ?? 0) >= 8 * ROUNDS, 'all reads are counted')
    t.ok((reads?.p50Us ?? 0) >= 4900, 'their time is that of the handler at least')
  },
)

/** How long reads of /good take while another client's read blocks its handler. */
async function readsBesideBlocked(
  mounted: Mounted,
): Promise<{ longestMs: number; tookMs: number }> {
  const blocked = mounted.start('cat', [mounted.path(`sleep-${BLOCK_MS}`)])
  await waitUntil('the blocking read is with its handler', () => mounted.events().length > 0)
  const started = performance.now()
  const longestMs = await mounted.call(({ fs }, path) => {
    let longest = 0
    for (let round = 0; round < 50; round += 1) {
      const start = performance.now()
      fs.readFileSync(path)
      longest = Math.max(longest, performance.now() - start)
    }
    return longest
  }, mounted.path('good'))
  const tookMs = performance.now() - started
  await blocked.ended
  return { longestMs, tookMs }
}

testWorkers(
  'a handler that blocks for 2 s delays nobody else in multi',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const { longestMs } = await readsBesideBlocked(mounted)
    t.ok(longestMs < 1000, `the slowest other read took ${longestMs.toFixed()} ms`)
  },
)

testMount(
  'a handler that blocks for 2 s holds up everybody in single',
  { filesystem, loop: 'single' },
  async (t, mounted) => {
    const { longestMs, tookMs } = await readsBesideBlocked(mounted)
    t.ok(tookMs >= BLOCK_MS / 2, `the other reads were done after ${tookMs.toFixed()} ms`)
    t.ok(longestMs < 2 * BLOCK_MS, `and then they were (${longestMs.toFixed()} ms)`)
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
