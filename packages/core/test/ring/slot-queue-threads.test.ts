// The queue between threads. Each slot circulates, so that every cell is used many times.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { MAX_SLOTS, RequestRing, type SlotQueue } from '@fuseloop/core/ring'
import t, { type Test } from 'tap'
import { memoryFor } from './ring-memory.js'
import { DOUBLED_WORD, START_WORD, type ThreadTask } from './slot-queue-thread.js'

t.setTimeout(600_000)

const THREAD = new URL('./slot-queue-thread.js', import.meta.url)

interface Circulation {
  readonly slots: number
  /** [from, to] of each thread, and how many slots it moves. */
  readonly threads: readonly (readonly [from: number, to: number])[]
  readonly moves: number
}

async function circulate(t: Test, plan: Circulation): Promise<number[]> {
  const geometry = { slotCount: MAX_SLOTS, workerCount: 1, payloadSize: 0 }
  const memory = memoryFor(geometry)
  const ring = RequestRing.create(memory, geometry)
  for (let slot = 0; slot < plan.slots; slot++) ring.queues[0]?.push(slot)
  const held = new SharedArrayBuffer(4 * (MAX_SLOTS + 2))
  const workers = plan.threads.map(([from, to]) => {
    const workerData: ThreadTask = { memory, from, to, moves: plan.moves, held }
    return new Worker(THREAD, { workerData })
  })
  t.teardown(() => Promise.all(workers.map((worker) => worker.terminate())))
  const exits = workers.map((worker) => once(worker, 'exit'))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const words = new Int32Array(held)
  Atomics.store(words, START_WORD, 1)
  Atomics.notify(words, START_WORD)
  const codes = await Promise.all(exits)
  t.same(
    codes.flat(),
    plan.threads.map(() => 0),
    'each thread ends well',
  )
  t.equal(Atomics.load(words, DOUBLED_WORD), 0, 'no slot was in two hands')
  return ring.queues.flatMap(drain)
}

function drain(queue: SlotQueue): number[] {
  const slots: number[] = []
  for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) slots.push(slot)
  return slots
}

function firstSlots(count: number): number[] {
  return Array.from({ length: count }, (_, slot) => slot)
}

const sorted = (slots: number[]): number[] => slots.toSorted((a, b) => a - b)

const TWO = [
  [0, 0],
  [0, 0],
] as const

t.test('two threads on one queue lose and double nothing in 100,000 moves', async (t) => {
  const left = await circulate(t, { slots: 100, threads: TWO, moves: 50_000 })
  t.same(sorted(left), firstSlots(100))
})

t.test('a queue that is mostly empty serves two threads', async (t) => {
  const left = await circulate(t, { slots: 2, threads: TWO, moves: 20_000 })
  t.same(sorted(left), firstSlots(2))
})

t.test('a queue that holds every slot does not overflow while another thread pops', async (t) => {
  const left = await circulate(t, { slots: MAX_SLOTS, threads: TWO, moves: 50_000 })
  t.same(sorted(left), firstSlots(MAX_SLOTS))
})

t.test('one producer and one consumer keep the order', async (t) => {
  const threads = [
    [0, 1],
    [1, 2],
  ] as const
  const left = await circulate(t, { slots: MAX_SLOTS, threads, moves: MAX_SLOTS })
  t.same(left, firstSlots(MAX_SLOTS))
})

t.test('slots that go in circles of queues all stay', async (t) => {
  const threads = [
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 0],
  ] as const
  const left = await circulate(t, { slots: 64, threads, moves: 3000 })
  t.same(sorted(left), firstSlots(64))
})
