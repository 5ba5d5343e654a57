// A worker's way to the lock manager over a ring, for one thread: the twin of device/session-workers.cpp park().

import type { LockOwner, Nodeid, SlotIndex } from '../base/ids.js'
import { Errno } from '../protocol/index.js'
import { type RequestRing, SlotHeader } from '../ring/index.js'
import {
  LOCK_PARKED,
  type LockRange,
  type LockRequest,
  type MemoryLockManager,
  type WorkerLocks,
} from '../session/index.js'
import type { RingReplies } from './ring-replies.js'

export class RingLocks implements WorkerLocks {
  readonly #manager: MemoryLockManager
  readonly #ring: RequestRing
  readonly #replies: RingReplies
  readonly #release: (slot: SlotIndex) => void

  /** @param release frees a slot of the worker */
  constructor(
    manager: MemoryLockManager,
    ring: RequestRing,
    replies: RingReplies,
    release: (slot: SlotIndex) => void,
  ) {
    this.#manager = manager
    this.#ring = ring
    this.#replies = replies
    this.#release = release
  }

  test(request: LockRequest): LockRange | undefined {
    return this.#manager.test(request)
  }

  set(request: LockRequest): number {
    return this.#manager.set(request)
  }

  takeBack(request: LockRequest): void {
    this.#manager.takeBack(request)
  }

  release(nodeid: Nodeid, kind: number, owner: LockOwner): void {
    this.#manager.release(nodeid, kind, owner)
  }

  park(slot: SlotIndex, request: LockRequest): number {
    const offset = this.#ring.slotOffset(slot)
    const unique = this.#ring.view.getBigUint64(offset + SlotHeader.request + 8, true)
    const since = Number(this.#ring.view.getBigUint64(offset + SlotHeader.filledAt, true))
    // Answered by somebody else while it waited for this worker.
    if (this.#ring.findUnique(unique) !== slot) return -Errno.ENOENT
    const result = this.#manager.wait(request, { unique, since })
    if (result !== LOCK_PARKED) return result
    this.#replies.handOver(slot)
    const interrupted = this.#ring.words[(offset + SlotHeader.interrupted) >>> 2] !== 0
    if (interrupted && this.#manager.cancel(unique))
      this.#replies.answerUnique(unique, -Errno.EINTR)
    this.#release(slot)
    return LOCK_PARKED
  }
}
