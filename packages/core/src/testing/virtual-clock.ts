// The clock of a session in memory: real time, and what a test adds to it.

import { type Clock, MONOTONIC_CLOCK } from '../session/index.js'

const NS_PER_MS = 1e6

export class VirtualClock implements Clock {
  #added = 0n

  now(): bigint {
    return MONOTONIC_CLOCK.now() + this.#added
  }

  advance(milliseconds: number): void {
    this.#added += BigInt(Math.round(milliseconds * NS_PER_MS))
  }
}
