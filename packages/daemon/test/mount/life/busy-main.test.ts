// The mount is ended while the main thread runs JavaScript: neither clients nor handlers wait for it.

import type { Test } from 'tap'
import { keepMainBusy } from '../../support/busy-main.js'
import { exitCode, sessionEnd } from '../../support/mount-end.js'
import type { Mounted } from '../../support/mounted.js'
import { waitUntil } from '../../support/wait-until.js'
import { checkNothingLeft, testScenario } from './support/scenario.js'

const storing = new URL('../filesystems/storing.js', import.meta.url)
const STUCK = 3

interface Event {
  readonly event: string
}

/** Clients that wait for handlers, and one that has written a file and keeps it open. */
async function startClients(mounted: Mounted) {
  // Not by a shell, whose redirections close copies of the descriptor: each is a flush.
  const writer = mounted.startCall(async ({ fs }, path) => {
    fs.writeSync(fs.openSync(path, 'r+'), 'text')
    console.log('written')
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
  }, mounted.path('good'))
  await writer.printed('written')
  const stuck = Array.from({ length: STUCK }, (_, index) =>
    mounted.start('stat', [mounted.path(`getattr-never.${index}`)]),
  )
  await waitUntil('all of them wait', () => (mounted.waiting ?? 0) >= STUCK)
  return { writer, stuck }
}

function testBusy(
  name: string,
  aborts: boolean,
  check: (t: Test, mounted: Mounted, setFree: () => void) => Promise<void>,
): void {
  testScenario(
    `${name} frees clients at once although main is busy, and the process ends by itself`,
    { filesystem: storing, workers: 2 },
    async (t, mounted) => {
      const { writer, stuck } = await startClients(mounted)
      const setFree = await keepMainBusy(mounted, aborts)
      if (!aborts) mounted.abortByKernel()
      for (const client of stuck) t.match((await client.ended).stderr, /connection abort/)
      await check(t, mounted, setFree)
      t.equal(await exitCode(mounted), 0)
      writer.endInput()
      await writer.ended
      await checkNothingLeft(t, mounted)
    },
  )
}

testBusy('an abort through fusectl', false, async (t, mounted, setFree) => {
  const done = (): string[] => mounted.events<Event>().map(({ event }) => event)
  await waitUntil('workers flush and release without main', () => done().includes('release'))
  setFree()
  t.same(
    done().filter((event) => event !== 'getattr'),
    ['write', 'flush', 'fsync', 'release'],
  )
  t.same(await sessionEnd(mounted), { reason: 'aborted', lost: [] })
})

testBusy('abort()', true, async (t, mounted, setFree) => {
  await waitUntil('it leaves the tree without main', () => !mounted.isMounted)
  setFree()
  const lost = [{ path: 'good', code: 'ETIMEDOUT' }]
  t.same(await sessionEnd(mounted), { reason: 'aborted', lost }, 'what is lost by force is told')
})
