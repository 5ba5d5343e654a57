// Which node each slot's request is about, from its arrival until its reply is out: what notifications wait for.
// For one thread; the native twin is device/in-flight-requests.hpp.

import type { Nodeid, SlotIndex, Unique } from '../base/ids.js'

/** One request; another in the same slot has another sequence. */
export interface InFlight {
  readonly slot: SlotIndex
  /** Counts requests of the session, from 1. */
  readonly sequence: number
}

interface Subject {
  readonly unique: Unique
  readonly nodeid: Nodeid
  readonly opcode: number
  readonly sequence: number
}

/** Requests that were handed to workers and whose replies are not out. For one thread. */
export class InFlightRequests {
  /** Called after a reply. */
  onEnd: () => void = () => undefined
  readonly #subjects = new Map<SlotIndex, Subject>()
  #lastSequence = 0

  /** A request was put into a slot. */
  begin(slot: SlotIndex, unique: Unique, nodeid: Nodeid, opcode: number): void {
    this.#lastSequence += 1
    this.#subjects.set(slot, { unique, nodeid, opcode, sequence: this.#lastSequence })
  }

  /** Its reply was written, or will never be. */
  end(slot: SlotIndex): void {
    if (this.#subjects.delete(slot)) this.onEnd()
  }

  /** The same, by one who does not hold the slot: unless it is another's by now. */
  endUnique(slot: SlotIndex, unique: Unique): void {
    if (this.#subjects.get(slot)?.unique === unique) this.end(slot)
  }

  /** Requests about a node, by opcode. */
  find(nodeid: Nodeid, opcodes: ReadonlySet<number>): InFlight[] {
    return [...this.#subjects].flatMap(([slot, subject]) =>
      subject.nodeid === nodeid && opcodes.has(subject.opcode)
        ? [{ slot, sequence: subject.sequence }]
        : [],
    )
  }

  /** Its reply is out, or will never be written. */
  hasEnded({ slot, sequence }: InFlight): boolean {
    return this.#subjects.get(slot)?.sequence !== sequence
  }
}
