import {
  ControlPage,
  readRingCounters,
  SlotHeader,
  WorkerPage,
  workerPageOffset,
} from '@fuseloop/core/ring'
import { MemoryLockManager, MemoryWatchdog, type PassedDeadline } from '@fuseloop/core/session'
import t from 'tap'
import { smallRing } from '../ring/ring-memory.js'

const READ = 15
const WRITE = 16
const MS = 1_000_000n
const ETIMEDOUT = 110

/** READ has 100 ms, WRITE has for ever. */
function watched() {
  const ring = smallRing()
  ring.view.setUint32(ControlPage.timeouts + READ * 4, 100, true)
  ring.view.setUint32(ControlPage.timeoutErrno, ETIMEDOUT, true)
  const clock = { time: 0n, now: () => clock.time }
  const answers: [bigint, number][] = []
  const woken: number[] = []
  const passed: PassedDeadline[] = []
  const watchdog = new MemoryWatchdog({
    locks: new MemoryLockManager(() => true),
    ring,
    clock,
    answer: (unique, error) => answers.push([unique, error]),
    wake: (worker) => woken.push(worker),
    onPassed: (event) => passed.push(event),
  })
  const fill = (opcode: number, unique: bigint): number => {
    const slot = ring.arm()
    ring.view.setBigUint64(ring.slotOffset(slot) + SlotHeader.filledAt, clock.time, true)
    ring.fill(slot, opcode, 40, unique)
    return slot
  }
  return { ring, clock, answers, woken, passed, watchdog, fill }
}

t.test('what has no deadline is left alone, and nothing is to be looked for', async (t) => {
  const { clock, answers, watchdog, fill } = watched()
  fill(WRITE, 2n)
  clock.time = 1_000_000n * MS
  t.equal(watchdog.check(), undefined)
  t.same(answers, [])
})

t.test('the nearest deadline is told, and kept to the nanosecond', async (t) => {
  const { clock, answers, watchdog, fill } = watched()
  fill(READ, 2n)
  clock.time = 40n * MS
  fill(READ, 4n)
  t.equal(watchdog.check(), 100n * MS)
  clock.time = 100n * MS - 1n
  t.equal(watchdog.check(), 100n * MS)
  t.same(answers, [])
  clock.time = 100n * MS
  t.equal(watchdog.check(), 140n * MS)
  t.same(answers, [[2n, -ETIMEDOUT]])
})

t.test('a running request: its worker is told, and its slot is in quarantine', async (t) => {
  const { ring, clock, answers, woken, passed, watchdog, fill } = watched()
  const slot = fill(READ, 2n)
  ring.claim(slot, 1)
  clock.time = 100n * MS
  watchdog.check()
  watchdog.check()
  t.same(answers, [[2n, -ETIMEDOUT]], 'once')
  t.same(woken, [1])
  t.same(passed, [{ opcode: READ, unique: 2n, timeoutMs: 100, worker: 1 }])
  t.equal(ring.view.getUint32(workerPageOffset(1) + WorkerPage.interrupts, true), 1)
  t.match(readRingCounters(ring), { deadlinesPassed: 1, quarantined: 1 })
  t.equal(ring.takeUnique(slot), 0n, 'the handler may not answer')
  const others = [ring.arm(), ring.arm(), ring.arm(), ring.arm()]
  t.notOk(others.includes(slot), 'nobody else gets the slot')
  ring.release(slot)
  t.equal(readRingCounters(ring).quarantined, 0)
  t.equal(ring.arm(), slot)
})

t.test('a request that no worker has begun is not begun any more', async (t) => {
  const { ring, clock, answers, woken, passed, watchdog, fill } = watched()
  const slot = fill(READ, 2n)
  clock.time = 200n * MS
  watchdog.check()
  t.same(answers, [[2n, -ETIMEDOUT]])
  t.same(woken, [])
  t.equal(passed[0]?.worker, undefined)
  t.equal(ring.claim(slot, 0), false)
})

t.test('a slot that got another request meanwhile keeps it', async (t) => {
  const { ring, clock, answers, watchdog, fill } = watched()
  const slot = fill(READ, 2n)
  clock.time = 100n * MS
  // Between the watchdog's look and its exchange.
  const { unique } = ring
  ring.unique = (index) => {
    const seen = unique.call(ring, index)
    if (index === slot && seen === 2n) {
      ring.takeUnique(slot)
      ring.release(slot)
      fill(READ, 4n)
      ring.view.setBigUint64(ring.slotOffset(slot) + SlotHeader.filledAt, 0n, true)
    }
    return seen
  }
  watchdog.check()
  t.same(answers, [])
  t.equal(unique.call(ring, slot), 4n)
})
