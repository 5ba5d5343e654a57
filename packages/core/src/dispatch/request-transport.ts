// How filled slots reach a worker and answers leave it. `ring`, `direct` and `uring` differ behind this
// interface only; tests use one over an in-process device.

import type { SlotIndex } from '../base/ids.js'
import type { WorkerLocks } from '../session/index.js'

/** What `next` returns instead of a slot. */
export const NextResult = {
  /** Nothing to do; the worker will be woken. */
  IDLE: -1,
  /** The session has ended. */
  ENDED: -2,
} as const

/** Where one worker's requests come from and its answers go. */
export interface RequestTransport {
  /** Claims the next filled slot for this worker, or says IDLE or ENDED. Never blocks. */
  next(): SlotIndex
  /**
   * Answers the slot's request from the words error, bodyLength and payloadLength of its header, then frees
   * the slot: only when the handler has settled.
   * @returns 0, or the negative errno of the refusal; the slot is free all the same. -ENOENT: the kernel knows the
   * request no more. Answered before: -EINTR when its client was interrupted, else -ETIMEDOUT
   */
  finish(slot: SlotIndex): number
  /** As `finish`, with `bytes` after the body in place of the slot's payload. */
  finishWith(slot: SlotIndex, bytes: Uint8Array): number
  /** Frees a slot whose request takes no reply. */
  discard(slot: SlotIndex): void
  /** Asks to be called again after the event loop has had its turn, although slots may be waiting. */
  yield(): void
  /** The session's locks; a request may be parked there in place of being finished. */
  readonly locks: WorkerLocks
  /** Nanoseconds from reading to answering the request finished last. */
  readonly elapsed: number
}
