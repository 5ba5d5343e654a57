// Handlers that never answer: they hold up nobody else, their clients can be killed, and the mount ends when told to.

import type { Test } from 'tap'
import type { ClientProcess } from '../../support/client-process.js'
import type { Mounted } from '../../support/mounted.js'
import { waitUntil, within } from '../../support/wait-until.js'
import { checkNothingLeft, testScenario } from './support/scenario.js'

const STUCK = 50
const WORKERS = 4

/** Clients whose reads are with handlers that do `fault`. */
async function startStuck(
  mounted: Mounted,
  fault: string,
  count: number,
): Promise<ClientProcess[]> {
  const file = mounted.path('read', fault)
  const clients = Array.from({ length: count }, () => mounted.start('cat', [file]))
  await waitUntil('all of them wait', () => (mounted.waiting ?? 0) >= count)
  return clients
}

/** Metadata, data, opening and closing: what others do goes on. */
async function checkOthersAreServed(t: Test, mounted: Mounted): Promise<void> {
  const script =
    'for i in 1 2 3 4 5; do ls -l "$0" && cat "$0/read/late" && echo x > "$0/read/late" && stat -f "$0"; done'
  const { code, stderr } = await mounted.attempt('sh', ['-ec', script, mounted.mountpoint])
  t.same({ code, stderr }, { code: 0, stderr: '' }, 'others list, read, write and ask')
}

/** Ctrl-C, or any signal that kills, ends each of them, whatever its handler does. */
async function checkAllCanBeKilled(t: Test, clients: readonly ClientProcess[]): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const
  for (const [index, client] of clients.entries())
    client.kill(signals[index % signals.length] as NodeJS.Signals)
  const ends = await Promise.all(
    clients.map((client) => within('the end of a killed client', client.ended, 60_000)),
  )
  t.ok(
    ends.every(({ signal }) => signal !== null),
    'each dies of its signal',
  )
}

testScenario(
  `${STUCK} requests that are never answered stop nobody else; their clients can be killed`,
  { filesystem: 'faulty', workers: WORKERS, set: { delay: '1ms' } },
  async (t, mounted) => {
    const clients = await startStuck(mounted, 'hang', STUCK)
    await checkOthersAreServed(t, mounted)
    // One that was slow may have gone from one request to the next meanwhile.
    await waitUntil('all of them wait still', () => (mounted.waiting ?? 0) >= STUCK)
    await checkAllCanBeKilled(t, clients)
    await waitUntil('the kernel waits for nothing', () => mounted.waiting === 0)
    await waitUntil(
      'the handlers keep their slots',
      async () => (await mounted.status()).counters.quarantined === STUCK,
    )
    await checkOthersAreServed(t, mounted)
    await mounted.inDaemon(({ session }) => session.unmount())
    await checkNothingLeft(t, mounted)
  },
)

testScenario(
  'handlers that block all workers but one stop nobody else; their clients can be killed',
  { filesystem: 'faulty', workers: WORKERS, set: { delay: '1ms' } },
  async (t, mounted) => {
    const clients = await startStuck(mounted, 'loop', WORKERS - 1)
    await checkOthersAreServed(t, mounted)
    await checkAllCanBeKilled(t, clients)
    await checkOthersAreServed(t, mounted)
    await mounted.inDaemon(({ session }) => session.unmount())
    await checkNothingLeft(t, mounted)
  },
)

for (const [name, fault, count] of [
  [`${STUCK} handlers never answer`, 'hang', STUCK],
  ['all workers but one are blocked', 'loop', WORKERS - 1],
] as const) {
  testScenario(
    `SIGTERM ends the daemon within 15 s while ${name}`,
    { filesystem: 'faulty', workers: WORKERS },
    async (t, mounted) => {
      const clients = await startStuck(mounted, fault, count)
      mounted.daemon.kill('SIGTERM')
      await within('the end of the daemon', mounted.daemon.ended, 15_000)
      for (const client of clients) {
        const { stderr } = await client.ended
        t.match(stderr, /connection abort|not connected|endpoint shutdown/)
      }
      await checkNothingLeft(t, mounted)
    },
  )
}
