// Answers requests whose deadline passes, on behalf of handlers that are late: the twin of the native
// device/watchdog.cpp, for one thread. Rule: it takes the right to answer and nothing else; the slot stays its
// handler's until that settles (quarantine), for a late handler still writes into it.

import type { SlotIndex, Unique, WorkerIndex } from '../base/ids.js'
import { Opcode } from '../protocol/index.js'
import {
  ControlPage,
  type RequestRing,
  SlotHeader,
  SlotState,
  WorkerPage,
  workerPageOffset,
} from '../ring/index.js'
import type { Clock } from './clock.js'
import type { LockManager } from './lock-manager.js'

const NS_PER_MS = 1_000_000n

/** A request that was answered at its deadline. */
export interface PassedDeadline {
  /** Of the request. */
  readonly opcode: number
  readonly unique: Unique
  /** How long it might have taken, in ms. */
  readonly timeoutMs: number
  /** Whose handler is at work; undefined while no handler has begun. */
  readonly worker: WorkerIndex | undefined
}

/** Answers for handlers that are late. */
export interface Watchdog {
  /**
   * Answers what is due.
   * @returns the clock's time at which to look again, or undefined while nothing that is in flight has a deadline
   */
  check(): bigint | undefined
}

/** What a watchdog needs of its session. */
export interface WatchdogParts {
  readonly ring: RequestRing
  readonly clock: Clock
  /** Writes a reply that is a bare errno, negative; of a request that has left its slot without one. */
  readonly answer: (unique: Unique, error: number, slot: SlotIndex | undefined) => void
  /** Requests that wait for a lock have left their slots. */
  readonly locks: LockManager
  /** Brings a worker to look at its requests' signals. */
  readonly wake: (worker: WorkerIndex) => void
  readonly onPassed: (passed: PassedDeadline) => void
}

/** The same on one thread, by a clock of the test's. */
export class MemoryWatchdog implements Watchdog {
  readonly #parts: WatchdogParts

  constructor(parts: WatchdogParts) {
    this.#parts = parts
  }

  check(): bigint | undefined {
    const { ring, clock } = this.#parts
    const now = clock.now()
    let nearest: bigint | undefined
    for (let slot = 0; slot < ring.geometry.slotCount; slot++) {
      const unique = ring.unique(slot)
      if (unique === 0n) continue
      const offset = ring.slotOffset(slot)
      const opcode = ring.view.getUint32(offset + SlotHeader.opcode, true)
      const timeoutMs = ring.timeout(opcode)
      if (timeoutMs === 0) continue
      const filledAt = ring.view.getBigUint64(offset + SlotHeader.filledAt, true)
      const due = filledAt + BigInt(timeoutMs) * NS_PER_MS
      if (due > now) nearest = nearest === undefined || due < nearest ? due : nearest
      else if (ring.takeUniqueOf(slot, unique)) this.#pass(slot, unique, opcode, timeoutMs)
    }
    // After the slots: a request that is being parked meanwhile is seen there or here.
    return this.#checkLocks(now, nearest)
  }

  #checkLocks(now: bigint, nearest: bigint | undefined): bigint | undefined {
    const { ring, locks } = this.#parts
    const timeoutMs = ring.timeout(Opcode.SETLKW)
    if (timeoutMs === 0) return nearest
    const timeout = BigInt(timeoutMs) * NS_PER_MS
    for (const unique of locks.takeWaitingSince(Number(now - timeout) + 1))
      this.#answer(undefined, unique, Opcode.SETLKW, timeoutMs, undefined)
    const oldest = locks.waitingSince()
    if (oldest === undefined) return nearest
    const due = BigInt(oldest) + timeout
    return nearest === undefined || due < nearest ? due : nearest
  }

  #pass(slot: SlotIndex, unique: Unique, opcode: number, timeoutMs: number): void {
    const { ring } = this.#parts
    const { view } = ring
    const offset = ring.slotOffset(slot)
    const isRunning = view.getUint32(offset + SlotHeader.state, true) === SlotState.RUNNING
    const worker = isRunning ? view.getUint32(offset + SlotHeader.owner, true) : undefined
    this.#answer(slot, unique, opcode, timeoutMs, worker)
  }

  #answer(
    slot: SlotIndex | undefined,
    unique: Unique,
    opcode: number,
    timeoutMs: number,
    worker: WorkerIndex | undefined,
  ): void {
    const { ring, answer, wake, onPassed } = this.#parts
    const { view } = ring
    answer(unique, -view.getUint32(ControlPage.timeoutErrno, true), slot)
    const passed = view.getBigUint64(ControlPage.deadlinesPassed, true)
    view.setBigUint64(ControlPage.deadlinesPassed, passed + 1n, true)
    if (worker !== undefined) {
      Atomics.add(ring.words, (workerPageOffset(worker) + WorkerPage.interrupts) >>> 2, 1)
      wake(worker)
    }
    onPassed({ opcode, unique, timeoutMs, worker })
  }
}
