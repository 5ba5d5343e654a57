// Bounded queue of slot indexes for many producers and consumers (after Dmitry Vyukov's bounded MPMC queue).
// The native counterpart is ring/slot-queue.hpp: both sides work on the same cells.
// A queue never overflows: it has a cell for every slot, and a slot stands in one queue at most.

import type { SlotIndex } from '../base/ids.js'
import { QUEUE_CAPACITY, QueueCell, QueuePosition } from './ring-layout.js'

const MASK = QUEUE_CAPACITY - 1

/** A queue of slot indexes for any number of threads (Vyukov's bounded queue). */
export class SlotQueue {
  readonly #words: Int32Array
  readonly #enqueue: number
  readonly #dequeue: number
  readonly #cells: number

  /** `positions` and `cells` are byte offsets into `words`' buffer, relative to its start. */
  constructor(words: Int32Array, positions: number, cells: number) {
    this.#words = words
    this.#enqueue = (positions + QueuePosition.enqueue) >>> 2
    this.#dequeue = (positions + QueuePosition.dequeue) >>> 2
    this.#cells = cells >>> 2
  }

  /** Gives each cell its first sequence number. Once, before anyone else sees the memory. */
  initialize(): void {
    for (let index = 0; index < QUEUE_CAPACITY; index++) {
      this.#words[this.#cells + index * 2] = index
    }
  }

  /** @throws RangeError when it is full: somebody has queued a slot twice */
  push(slot: SlotIndex): void {
    const words = this.#words
    for (;;) {
      const position = Atomics.load(words, this.#enqueue)
      const cell = this.#cells + (position & MASK) * 2
      // Pairs with the store in pop(): the cell is ours once its last reader has left it.
      const lead = (Atomics.load(words, cell) - position) | 0
      if (lead < 0 && this.#isFull(position)) throw new RangeError('slot queue overflow')
      if (lead !== 0) continue
      if (Atomics.compareExchange(words, this.#enqueue, position, (position + 1) | 0) !== position)
        continue
      words[cell + (QueueCell.value >>> 2)] = slot
      // Publishes the value to pop().
      Atomics.store(words, cell, (position + 1) | 0)
      return
    }
  }

  /** A slot index, or -1 when the queue is empty. */
  pop(): SlotIndex {
    const words = this.#words
    for (;;) {
      const position = Atomics.load(words, this.#dequeue)
      const cell = this.#cells + (position & MASK) * 2
      // Pairs with the store in push(): the value is readable once the sequence says so.
      const lead = (Atomics.load(words, cell) - (position + 1)) | 0
      if (lead < 0) return -1
      if (lead > 0) continue
      if (Atomics.compareExchange(words, this.#dequeue, position, (position + 1) | 0) !== position)
        continue
      const slot = words[cell + (QueueCell.value >>> 2)] as SlotIndex
      // Hands the cell to the push() one round later.
      Atomics.store(words, cell, (position + QUEUE_CAPACITY) | 0)
      return slot
    }
  }

  /** False while the cell only waits for a pop() that has taken its position and not yet left it. */
  #isFull(position: number): boolean {
    return ((position - Atomics.load(this.#words, this.#dequeue)) | 0) >= QUEUE_CAPACITY
  }

  get isEmpty(): boolean {
    const position = Atomics.load(this.#words, this.#dequeue)
    return (
      ((Atomics.load(this.#words, this.#cells + (position & MASK) * 2) - (position + 1)) | 0) < 0
    )
  }
}
