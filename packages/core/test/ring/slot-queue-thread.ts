// Run by slot-queue-threads.test.ts: takes slots from one queue and puts them into another, many times.

import { parentPort, workerData } from 'node:worker_threads'
import { MAX_SLOTS, RequestRing, type RingMemory } from '@fuseloop/core/ring'

export interface ThreadTask {
  readonly memory: RingMemory
  readonly from: number
  readonly to: number
  readonly moves: number
  /** One word per slot, 1 while a thread holds it; then the start signal; then the count of doubled slots. */
  readonly held: SharedArrayBuffer
}

export const START_WORD = MAX_SLOTS
export const DOUBLED_WORD = MAX_SLOTS + 1

export function moveSlots(task: ThreadTask): void {
  const ring = RequestRing.open(task.memory)
  const from = ring.queues[task.from]
  const to = ring.queues[task.to]
  const held = new Int32Array(task.held)
  if (from === undefined || to === undefined) throw new RangeError('no such queue')
  // Pairs with the test's store and notify, once every thread is here.
  Atomics.wait(held, START_WORD, 0, 10_000)
  const deadline = Date.now() + 60_000
  for (let moved = 0; moved < task.moves; ) {
    const slot = from.pop()
    if (slot < 0) {
      if (Date.now() > deadline) throw new Error(`only ${moved} slots came`)
      // Gives way to the other threads: the word stays 1, so this is a pause of 50 microseconds.
      Atomics.wait(held, START_WORD, 1, 0.05)
      continue
    }
    // Between pop and push the slot is this thread's alone.
    if (Atomics.exchange(held, slot, 1) !== 0) Atomics.add(held, DOUBLED_WORD, 1)
    Atomics.store(held, slot, 0)
    to.push(slot)
    moved++
  }
}

if (parentPort !== null) {
  parentPort.postMessage('ready')
  moveSlots(workerData as ThreadTask)
}
