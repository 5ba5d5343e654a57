// A daemon that nobody uses wakes none of its threads: read from /proc as switches of threads, which neither the machine's
// speed nor its load changes.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { testMount } from '../support/mount-test.js'
import type { MountRequest } from '../support/mounted.js'

/** Whatever ticks four times in it is found. */
const WINDOW_MS = 2000
const MOST_WAKES = 3
/** V8 tidies up each of its heaps once or twice, within a minute here, and is asleep in between. */
const DEADLINE_MS = 150_000

const TRANSPORT = process.env['FUSELOOP_TEST_TRANSPORT'] as MountRequest['transport']

/** How often each thread has waited so far. */
function waits(pid: number): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
      const name = /^Name:\t(.*)$/m.exec(status)?.[1]
      const count = /^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)?.[1]
      return [`${thread} ${name}`, Number(count)]
    }),
  )
}

async function wakesOf(pid: number): Promise<string[]> {
  const before = waits(pid)
  await delay(WINDOW_MS)
  return [...waits(pid)].flatMap(([thread, count]) =>
    Array.from({ length: count - (before.get(thread) ?? 0) }, () => thread),
  )
}

for (const transport of TRANSPORT === undefined ? (['direct', 'ring'] as const) : [TRANSPORT]) {
  testMount(
    `${transport}: no thread ticks while there is nothing to do`,
    { filesystem: 'hello', workers: 4, transport },
    async (t, mounted) => {
      await mounted.run('cat', [mounted.path('hello')])
      const end = performance.now() + DEADLINE_MS
      let wakes = await wakesOf(mounted.daemon.pid)
      while (wakes.length > MOST_WAKES && performance.now() < end)
        wakes = await wakesOf(mounted.daemon.pid)
      t.ok(
        wakes.length <= MOST_WAKES,
        `${wakes.length} wakes in ${WINDOW_MS} ms: ${wakes.join(', ')}`,
      )
    },
  )
}
