// Two hundred clients that get a signal while they wait: all end, and nothing is left waiting.

import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/interruptible.js', import.meta.url)
const CLIENTS = 200

/** Starts the readers, signals them when the handlers of all run, and waits until all have ended by these signals. */
async function interruptAll(mounted: Mounted, name: string): Promise<Set<string | null>> {
  const clients = Array.from({ length: CLIENTS }, () => mounted.start('cat', [mounted.path(name)]))
  const begun = (): number =>
    mounted.events<{ event: string }>().filter(({ event }) => event === 'begun').length
  await waitUntil('all clients wait', () => (mounted.waiting ?? 0) >= CLIENTS)
  await waitUntil('all handlers run', () => begun() >= CLIENTS)
  for (const client of clients) client.kill('SIGINT')
  const ends = await Promise.all(clients.map(({ ended }) => ended))
  await waitUntil('no request waits', () => mounted.waiting === 0)
  return new Set(ends.map(({ signal }) => signal))
}

testMount(
  'handlers that heed their signal set 200 clients free',
  { filesystem, workers: 4 },
  async (t, mounted) => {
    t.same(await interruptAll(mounted, 'signal'), new Set(['SIGINT']))
    // A slot counts until its worker, which has answered, sets it free.
    await waitUntil(
      'no slot is kept',
      async () => (await mounted.status()).counters.quarantined === 0,
    )
    t.match((await mounted.status()).counters, { held: 0, lateReplies: 0 })
    t.equal(await mounted.run('cat', [mounted.path('empty')]), '', 'the mount lives')
  },
)

testMount(
  'under the policy `answer` 200 clients are free at once, whatever the handlers do',
  { filesystem, workers: 4, interrupts: { read: 'answer' } },
  async (t, mounted) => {
    t.same(await interruptAll(mounted, 'deaf'), new Set(['SIGINT']))
    await waitUntil('each handler keeps its slot', async () => {
      const { held, quarantined } = (await mounted.status()).counters
      return held === 0 && quarantined === CLIENTS
    })
    t.equal(await mounted.run('cat', [mounted.path('empty')]), '', 'the mount lives')
    t.equal(mounted.daemon.log, '', 'being interrupted is no news')
  },
)
