// Feeds one worker: called whenever its bell rings, it serves what waits and goes back to the event loop.

import type { WorkerIndex } from '../base/ids.js'
import { type RequestRing, WorkerPage, workerPageOffset } from '../ring/index.js'
import type { Dispatcher } from './dispatcher.js'
import { NextResult, type RequestTransport } from './request-transport.js'

/** Requests served in one go: timers and sockets of the worker wait for no more than these. */
const TURN_LENGTH = 64
/** Once a handler has returned a promise its continuation should run soon. */
const TURN_LENGTH_ASYNC = 8

/** Takes claimed slots to the dispatcher, some of them per turn of the event loop. */
export class RequestPump {
  readonly #ring: RequestRing
  readonly #transport: RequestTransport
  readonly #dispatcher: Dispatcher
  readonly #onEnd: () => void
  readonly #interrupts: number
  #seenInterrupts = 0
  #ended = false

  constructor(
    ring: RequestRing,
    worker: WorkerIndex,
    transport: RequestTransport,
    dispatcher: Dispatcher,
    onEnd: () => void,
  ) {
    this.#ring = ring
    this.#transport = transport
    this.#dispatcher = dispatcher
    this.#onEnd = onEnd
    this.#interrupts = (workerPageOffset(worker) + WorkerPage.interrupts) >>> 2
  }

  /** Serves waiting requests. Never throws: what handlers throw is answered. */
  turn(): void {
    // Pairs with the reader's increment, which follows the slot's own mark.
    const interrupts = Atomics.load(this.#ring.words, this.#interrupts)
    if (interrupts !== this.#seenInterrupts) {
      this.#seenInterrupts = interrupts
      this.#dispatcher.propagateInterrupts()
    }
    let left = TURN_LENGTH
    while (left > 0) {
      const slot = this.#transport.next()
      if (slot === NextResult.IDLE) return
      if (slot === NextResult.ENDED) {
        this.#end()
        return
      }
      left = this.#dispatcher.dispatch(slot) ? Math.min(left - 1, TURN_LENGTH_ASYNC) : left - 1
    }
    this.#transport.yield()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#dispatcher.propagateInterrupts()
    this.#onEnd()
  }
}
