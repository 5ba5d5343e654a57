// Reads the counters that native threads and workers keep in shared memory. Any thread may, at any time;
// each figure is exact, together they are no snapshot.

import type { WorkerIndex } from '../base/ids.js'
import type { RequestRing } from './request-ring.js'
import { ControlPage, WorkerPage, workerPageOffset } from './ring-layout.js'

/** What has happened since the session began. */
export interface RingCounters {
  /** Requests that have come from the kernel and expect a reply. */
  readonly requests: number
  /** Nodes named by FORGET and BATCH_FORGET. */
  readonly forgets: number
  /** INTERRUPTs read. */
  readonly interrupts: number
  /** Answers that came after somebody else had answered. */
  readonly lateReplies: number
  /** Answers that the kernel refused with ENOENT: the request was aborted or its client is gone. */
  readonly refusedReplies: number
  /** Requests that were answered at their deadline. */
  readonly deadlinesPassed: number
  /** Requests that wait beside the ring at this moment, because no slot is free. */
  readonly held: number
  /** Slots of this moment that wait for a handler to settle although its request is answered, or are just being answered. */
  readonly quarantined: number
  /** Sleeping workers woken by the reader. */
  readonly wakes: number
}

/** What one worker has done. */
export interface WorkerCounters {
  readonly alive: boolean
  /** Requests that it has finished. */
  readonly served: number
}

/** A snapshot; counters are read one after another. */
export function readRingCounters(ring: RequestRing): RingCounters {
  return {
    requests: counter(ring, ControlPage.requests) + received(ring),
    forgets: counter(ring, ControlPage.forgets),
    interrupts: counter(ring, ControlPage.interrupts),
    lateReplies: counter(ring, ControlPage.lateReplies),
    refusedReplies: counter(ring, ControlPage.refusedReplies),
    deadlinesPassed: counter(ring, ControlPage.deadlinesPassed),
    held: counter(ring, ControlPage.heldRequests),
    quarantined: ring.quarantined,
    wakes: counter(ring, ControlPage.wakes),
  }
}

/** A snapshot of one worker. */
export function readWorkerCounters(ring: RequestRing, worker: WorkerIndex): WorkerCounters {
  const page = workerPageOffset(worker)
  return {
    alive: Atomics.load(ring.words, (page + WorkerPage.alive) >>> 2) === 1,
    served: counter(ring, page + WorkerPage.served),
  }
}

/** By all workers past the reader. */
function received(ring: RequestRing): number {
  let sum = 0
  for (let worker = 0; worker < ring.geometry.workerCount; worker++)
    sum += counter(ring, workerPageOffset(worker) + WorkerPage.received)
  return sum
}

function counter(ring: RequestRing, offset: number): number {
  return ring.view.getUint32(offset, true) + ring.view.getUint32(offset + 4, true) * 2 ** 32
}
