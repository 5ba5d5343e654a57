// A hundred workers die under load: no client is stuck, nothing of the dead is left.

import { readdirSync } from 'node:fs'
import { KernelClient } from '@fuseloop/core/testing'
import t from 'tap'
import { waitUntil } from '../support/wait-until.js'
import { readAt, serveDying, serving } from './dying-pool.js'

t.setTimeout(600_000)

const WORKERS = 4
const DEATHS = 100
const CLIENTS = 8
/** A worker's heap and stacks are 8 MiB and more: the 80 deaths between the two looks would leave 640. */
const GROWTH_MOST = 200 * 2 ** 20

t.test('100 deaths under load leave no client, slot, descriptor or memory behind', async (t) => {
  const { served, client } = await serveDying(t, { workers: WORKERS, maxRestarts: 10 * DEATHS })
  const descriptors = (): number => readdirSync('/proc/self/fd').length
  const before = descriptors()
  let isOver = false
  const outcomes = new Map<string, number>()
  const load = Array.from({ length: CLIENTS }, async () => {
    const one = new KernelClient(served.kernel)
    while (!isOver) {
      const outcome = await readAt(one, 'other')
      const kind = /^\d$/.test(outcome) ? 'read' : outcome
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
    }
  })
  let grownFrom = 0
  for (let death = 0; death < DEATHS; death += 1) {
    if (death === DEATHS / 5) grownFrom = process.memoryUsage.rss()
    await waitUntil('a worker serves', () => serving(served) > 0)
    t.equal(await readAt(client, death % 2 === 0 ? 'exit' : 'throw'), 'EIO')
  }
  isOver = true
  await Promise.all(load)
  await waitUntil('all seats are taken', () => serving(served) === WORKERS)
  // A slot counts until its worker, which has answered, sets it free.
  await waitUntil('no slot is kept, and none is waited for', () => {
    const { quarantined, held } = served.status().counters
    return quarantined === 0 && held === 0
  })
  const { workers } = served.status()
  t.equal(
    workers.reduce((sum, { restarts }) => sum + restarts, 0),
    DEATHS,
  )
  t.same(
    [...outcomes.keys()].filter((kind) => kind !== 'EIO'),
    ['read'],
  )
  t.ok((outcomes.get('read') ?? 0) > DEATHS, `${outcomes.get('read')} reads were served`)
  const grown = process.memoryUsage.rss() - grownFrom
  t.ok(grown < GROWTH_MOST, `${(grown / 2 ** 20).toFixed()} MiB more than after a fifth`)
  await waitUntil('no descriptor is left', () => descriptors() <= before + 2)
  served.kernel.verify()
})
