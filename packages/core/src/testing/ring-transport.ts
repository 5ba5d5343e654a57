// The transport `ring` for one thread, over any device: what native code does in production, in plain TypeScript.
// It reads whenever it is asked for the next request, so that nothing runs beside the worker.

import type { SlotIndex, WorkerGeneration, WorkerIndex } from '../base/ids.js'
import { NextResult, type RequestTransport } from '../dispatch/index.js'
import { Errno } from '../protocol/index.js'
import {
  type RequestRing,
  SlotHeader,
  SlotState,
  WorkerPage,
  workerPageOffset,
} from '../ring/index.js'
import {
  type Clock,
  type DeviceEndpoint,
  MemoryLockManager,
  type MemoryNodeTable,
  MemoryNotificationChannel,
  MONOTONIC_CLOCK,
  type WorkerLocks,
} from '../session/index.js'
import { RingLocks } from './ring-locks.js'
import { RingReader } from './ring-reader.js'
import { RingReplies } from './ring-replies.js'

/** What the transport works with. */
export interface RingTransportParts {
  readonly ring: RequestRing
  readonly endpoint: DeviceEndpoint
  readonly nodes: MemoryNodeTable
  /** Shared by all workers; none is sent if absent. */
  readonly notifications?: MemoryNotificationChannel
  /** Shared by the seats of a session; its own if absent. */
  readonly locks?: MemoryLockManager
  /** The only one; 0 if absent. */
  readonly worker?: number
  /** Asks for another turn of a worker's pump, later: never from within this call. */
  readonly wake: (worker: WorkerIndex) => void
  /** MONOTONIC_CLOCK if absent. */
  readonly clock?: Clock
  /** One that several transports share; its own if absent. */
  readonly reader?: RingReader
}

/** Requests and answers of one worker, on one thread. */
export class RingTransport implements RequestTransport {
  readonly #ring: RequestRing
  readonly #worker: WorkerIndex
  readonly #wake: (worker: WorkerIndex) => void
  readonly #replies: RingReplies
  readonly #reader: RingReader
  readonly #clock: Clock
  /** How often this seat was taken: part of its object handles. */
  readonly generation: WorkerGeneration
  readonly locks: WorkerLocks
  #elapsed = 0

  constructor(parts: RingTransportParts) {
    const { ring, endpoint, nodes, wake, worker = 0, clock = MONOTONIC_CLOCK } = parts
    const notifications = parts.notifications ?? new MemoryNotificationChannel()
    this.#ring = ring
    this.#worker = worker
    this.#wake = wake
    const replies = parts.reader?.replies ?? new RingReplies(ring, endpoint, notifications.requests)
    const locks =
      parts.locks ?? new MemoryLockManager((unique) => replies.answerUnique(unique, 0) === 0)
    this.locks = new RingLocks(locks, ring, replies, (slot) => this.#release(slot))
    this.#replies = replies
    this.#clock = clock
    this.#reader =
      parts.reader ??
      new RingReader({ ring, endpoint, nodes, locks, notifications, clock, wake, replies })
    const page = workerPageOffset(worker) >>> 2
    ring.words[page + (WorkerPage.alive >>> 2)] = 1
    this.generation = Atomics.add(ring.words, page + (WorkerPage.generation >>> 2), 1) + 1
  }

  next(): SlotIndex {
    this.#reader.drain()
    for (;;) {
      const slot = this.#take()
      if (slot < 0) return this.#ring.isEnded ? NextResult.ENDED : NextResult.IDLE
      if (this.#ring.claim(slot, this.#worker)) {
        this.#reader.writes?.begin(slot)
        return slot
      }
      // Answered while it waited (INTERRUPT, its deadline); it only has to be freed.
      this.#ring.release(slot)
    }
  }

  finish(slot: SlotIndex): number {
    return this.#finish(slot, undefined)
  }

  finishWith(slot: SlotIndex, bytes: Uint8Array): number {
    return this.#finish(slot, bytes)
  }

  discard(slot: SlotIndex): void {
    if (this.#owns(slot)) this.#release(slot)
  }

  yield(): void {
    this.#wake(this.#worker)
  }

  get elapsed(): number {
    return this.#elapsed
  }

  /** -EALREADY for a slot that this worker does not have: its request was finished before. */
  #finish(slot: SlotIndex, bytes: Uint8Array | undefined): number {
    if (!this.#owns(slot)) return -Errno.EALREADY
    const offset = this.#ring.slotOffset(slot)
    const filledAt = this.#ring.view.getBigUint64(offset + SlotHeader.filledAt, true)
    this.#reader.writes?.settle(slot)
    const refusal = this.#replies.answer(slot, bytes)
    this.#elapsed = Number(this.#clock.now() - filledAt)
    this.#replies.count(workerPageOffset(this.#worker) + WorkerPage.served)
    this.#release(slot)
    return refusal
  }

  #release(slot: SlotIndex): void {
    this.#ring.release(slot)
    if (this.#reader.waitsForSlot) this.#wake(this.#worker)
  }

  #take(): SlotIndex {
    let slot = this.#ring.workerQueue(this.#worker).pop()
    for (const queue of this.#ring.queues) {
      if (slot >= 0) break
      slot = queue.pop()
    }
    return slot
  }

  #owns(slot: SlotIndex): boolean {
    const offset = this.#ring.slotOffset(slot)
    return (
      this.#ring.view.getUint32(offset + SlotHeader.state, true) === SlotState.RUNNING &&
      this.#ring.view.getUint32(offset + SlotHeader.owner, true) === this.#worker
    )
  }
}
