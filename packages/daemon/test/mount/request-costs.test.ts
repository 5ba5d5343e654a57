// What a request costs in system calls and in switches of threads, which a change must not raise unnoticed: read from
// /proc, so that neither the machine's speed nor its load matters much.

import { readdirSync, readFileSync } from 'node:fs'
import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

const REQUESTS = 4000

/** Per request at most: read(2) and write(2) of all threads, as the kernel counts them, and waits of all threads. */
interface Costs {
  readonly calls: number
  readonly waits: number
}

/**
 * One client, one request after another, on the CPU of the worker: `uring` has no such calls but those of its event
 * loop; `direct` reads the request and writes the answer, and may find nothing before it waits; the reader of `ring`
 * waits for it before it reads it, and a worker waits for the reader beside its event loop.
 */
const MOST: Readonly<Record<'uring' | 'direct' | 'ring', Costs>> = {
  uring: { calls: 0.3, waits: 1.5 },
  direct: { calls: 3.3, waits: 1.5 },
  ring: { calls: 3.6, waits: 3 },
}

/** Runs of which the cheapest counts. */
const TRIES = 6

const CLIENT = `
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for turn in range(int(sys.argv[2])):
    os.fstat(fd)
`

async function ask(mounted: Mounted, count: number): Promise<void> {
  const client = ['-c', '0', 'python3', '-c', CLIENT, mounted.path('hello'), `${count}`]
  await mounted.run('taskset', client)
}

async function look(mounted: Mounted): Promise<Costs & { readonly requests: number }> {
  const { counters } = await mounted.status()
  const { pid } = mounted.daemon
  const io = readFileSync(`/proc/${pid}/io`, 'utf8')
  const statuses = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'),
  )
  return {
    requests: counters.requests,
    calls: numberBehind('syscr: ', io) + numberBehind('syscw: ', io),
    waits: statuses.reduce(
      (sum, text) => sum + numberBehind('\nvoluntary_ctxt_switches:\t', text),
      0,
    ),
  }
}

/** Per request, over a run of them. */
async function measure(mounted: Mounted): Promise<Costs> {
  const before = await look(mounted)
  await ask(mounted, REQUESTS)
  const after = await look(mounted)
  const requests = after.requests - before.requests
  if (requests < REQUESTS) throw new Error(`${requests} requests of ${REQUESTS} fstat(2)`)
  return {
    calls: (after.calls - before.calls) / requests,
    waits: (after.waits - before.waits) / requests,
  }
}

function isWithin(costs: Costs, most: Costs): boolean {
  return costs.calls < most.calls && costs.waits < most.waits
}

function smaller(one: Costs, other: Costs): Costs {
  return { calls: Math.min(one.calls, other.calls), waits: Math.min(one.waits, other.waits) }
}

function numberBehind(label: string, text: string): number {
  return Number.parseInt(text.slice(text.indexOf(label) + label.length), 10)
}

/** What the tests run on, or those that need no switch of the kernel's. */
const chosen = process.env['FUSELOOP_TEST_TRANSPORT'] as keyof typeof MOST | undefined

for (const transport of chosen === undefined ? (['direct', 'ring'] as const) : [chosen]) {
  const most = MOST[transport]
  testMount(
    `${transport}: what a request costs in calls and waits`,
    { filesystem: 'hello', workers: 1, transport, cache: 'none' },
    async (t, mounted) => {
      t.equal((await mounted.status()).transport, transport)
      await ask(mounted, REQUESTS)
      let least = await measure(mounted)
      // A machine that is busy adds to what requests cost: a thread that waits for its CPU is taken for a busy one.
      for (let more = 1; more < TRIES && !isWithin(least, most); more++)
        least = smaller(least, await measure(mounted))
      t.comment(
        `${least.calls.toFixed(2)} reads and writes, ${least.waits.toFixed(2)} waits a request`,
      )
      t.ok(least.calls < most.calls, `${least.calls} reads and writes, ${most.calls} at most`)
      t.ok(least.waits < most.waits, `${least.waits} waits, ${most.waits} at most`)
    },
  )
}
