// The addon's calls of one seat, in shapes that V8 compiles calls of: an object literal with an accessor, like one
// that the addon has filled name by name, is a dictionary, in which each call looks its function up.

import type { RequestTransport } from '@fuseloop/core/dispatch'
import { type RequestRing, WorkerPage, workerPageOffset } from '@fuseloop/core/ring'
import type { NodeTable, WorkerLocks } from '@fuseloop/core/session'
import type { NativeWorker } from '@fuseloop/native'

/** The transport of one worker, whose requests the addon brings. */
export class SeatTransport implements RequestTransport {
  readonly next: RequestTransport['next']
  readonly finish: RequestTransport['finish']
  readonly finishWith: RequestTransport['finishWith']
  readonly discard: RequestTransport['discard']
  readonly yield: RequestTransport['yield']
  readonly locks: WorkerLocks
  readonly #view: DataView
  readonly #elapsed: number

  constructor(seat: NativeWorker, ring: RequestRing, worker: number) {
    this.next = seat.next
    this.finish = seat.finish
    this.finishWith = seat.finishWith
    this.discard = seat.discard
    this.yield = seat.yield
    this.locks = seat.locks
    this.#view = ring.view
    this.#elapsed = workerPageOffset(worker) + WorkerPage.elapsed
  }

  get elapsed(): number {
    return this.#view.getFloat64(this.#elapsed, true)
  }
}

/** The seat's node table; V8 keeps what is a prototype in the fast shape. */
export function nodesOf(seat: NativeWorker): NodeTable {
  return Object.create(seat.nodes)
}
