import {
  ControlPage,
  readRingCounters,
  readWorkerCounters,
  WorkerPage,
  workerPageOffset,
} from '@fuseloop/core/ring'
import t from 'tap'
import { smallRing } from './ring-memory.js'

t.test('every counter of a fresh ring is 0', async (t) => {
  const ring = smallRing()
  t.ok(Object.values(readRingCounters(ring)).every((count) => count === 0))
  t.same(readWorkerCounters(ring, 1), { alive: false, served: 0 })
})

t.test('each counter is read from its own place', async (t) => {
  const ring = smallRing()
  const names = [
    'requests',
    'forgets',
    'interrupts',
    'lateReplies',
    'refusedReplies',
    'wakes',
    'deadlinesPassed',
  ] as const
  for (const [index, name] of names.entries()) {
    ring.view.setBigUint64(ControlPage[name], BigInt(index + 1), true)
  }
  t.same(readRingCounters(ring), {
    requests: 1,
    forgets: 2,
    interrupts: 3,
    lateReplies: 4,
    refusedReplies: 5,
    wakes: 6,
    deadlinesPassed: 7,
    held: 0,
    quarantined: 0,
  })
})

t.test('counters are exact beyond 32 bits', async (t) => {
  const ring = smallRing()
  for (const count of [2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    ring.view.setBigUint64(ControlPage.requests, BigInt(count), true)
    ring.view.setBigUint64(workerPageOffset(0) + WorkerPage.served, BigInt(count), true)
    t.equal(readRingCounters(ring).requests, count)
    t.equal(readWorkerCounters(ring, 0).served, count)
  }
})

t.test('each worker has its own figures', async (t) => {
  const ring = smallRing()
  ring.view.setUint32(workerPageOffset(1) + WorkerPage.alive, 1, true)
  ring.view.setBigUint64(workerPageOffset(1) + WorkerPage.served, 9n, true)
  t.same(readWorkerCounters(ring, 0), { alive: false, served: 0 })
  t.same(readWorkerCounters(ring, 1), { alive: true, served: 9 })
})
