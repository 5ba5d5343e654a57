// The mount is ended while the main thread runs JavaScript for seconds: neither clients nor handlers wait for it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { exitCode, sessionEnd } from '../../support/mount-end.js'
import type { Mounted } from '../../support/mounted.js'
import { waitUntil } from '../../support/wait-until.js'
import { checkNothingLeft, testScenario } from './support/scenario.js'

const storing = new URL('../filesystems/storing.js', import.meta.url)
const BUSY_MS = 2500
const STUCK = 3

interface Event {
  readonly event: string
}

/** Main begins an abort() if told to, and sees nothing for a while. @returns whether that is over */
async function keepBusy(mounted: Mounted, aborts: boolean): Promise<() => boolean> {
  const begun = join(mounted.root, 'begun')
  const over = join(mounted.root, 'over')
  mounted
    .inDaemon(
      ({ session, fs }, aborts, begun, over, milliseconds) => {
        if (aborts) void session.abort()
        fs.writeFileSync(begun, '')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
        fs.writeFileSync(over, '')
      },
      aborts,
      begun,
      over,
      BUSY_MS,
    )
    // The process may end before it answers.
    .catch(() => undefined)
  await waitUntil('main is busy', () => existsSync(begun))
  return () => existsSync(over)
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
  check: (t: Test, mounted: Mounted, isOver: () => boolean) => Promise<void>,
): void {
  testScenario(
    `${name} frees clients at once although main is busy, and the process ends by itself`,
    { filesystem: storing, workers: 2 },
    async (t, mounted) => {
      const { writer, stuck } = await startClients(mounted)
      const isOver = await keepBusy(mounted, aborts)
      if (!aborts) mounted.abortByKernel()
      for (const client of stuck) t.match((await client.ended).stderr, /connection abort/)
      t.notOk(isOver(), 'main is busy still')
      await check(t, mounted, isOver)
      t.equal(await exitCode(mounted), 0)
      writer.endInput()
      await writer.ended
      await checkNothingLeft(t, mounted)
    },
  )
}

testBusy('an abort through fusectl', false, async (t, mounted, isOver) => {
  const done = (): string[] => mounted.events<Event>().map(({ event }) => event)
  await waitUntil('the open file is released', () => done().includes('release'))
  t.notOk(isOver(), 'workers flush without main')
  t.same(
    done().filter((event) => event !== 'getattr'),
    ['write', 'flush', 'fsync', 'release'],
  )
  t.same(await sessionEnd(mounted), { reason: 'aborted', lost: [] })
})

testBusy('abort()', true, async (t, mounted, isOver) => {
  await waitUntil('nothing is mounted', () => !mounted.isMounted)
  t.notOk(isOver(), 'it leaves the tree without main')
  const lost = [{ path: 'good', code: 'ETIMEDOUT' }]
  t.same(await sessionEnd(mounted), { reason: 'aborted', lost }, 'what is lost by force is told')
})
