// INTERRUPTs whose request is not known: with several readers one may overtake its request
// (Documentation/filesystems/fuse.rst), with one it has been answered. The twin of device/early-interrupts.hpp.

import type { Unique } from '../base/ids.js'

const MOST = 64
/** Requests that may come before an interrupt's own. */
const PATIENCE = 32

interface Kept {
  readonly unique: Unique
  /** The INTERRUPT's own. */
  readonly own: Unique
  others: number
}

export class EarlyInterrupts {
  readonly #kept: Kept[] = []

  /** @returns the own unique of one that has to make room */
  keep(unique: Unique, own: Unique): bigint | undefined {
    const dropped = this.#kept.length >= MOST ? this.#kept.shift()?.own : undefined
    this.#kept.push({ unique, own, others: 0 })
    return dropped
  }

  /** A request has come: was it interrupted? Once for each interrupt. */
  take(unique: Unique): boolean {
    const index = this.#kept.findIndex((kept) => kept.unique === unique)
    if (index >= 0) this.#kept.splice(index, 1)
    else for (const kept of this.#kept) kept.others += 1
    return index >= 0
  }

  /** @returns the own unique of one whose request has not come */
  giveUp(): bigint | undefined {
    const [first] = this.#kept
    return first !== undefined && first.others >= PATIENCE ? this.#kept.shift()?.own : undefined
  }
}
