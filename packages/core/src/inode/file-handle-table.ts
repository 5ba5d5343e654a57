// File handles on the wire. A handler's integer travels as it is; an object stays in its worker, and what
// travels is bit 63, the worker, its generation and an index. The reader routes by these (device/request-router.hpp).

import type { High32, Low32, WorkerGeneration, WorkerIndex } from '../base/ids.js'
import { type OpenHandle, objectHandleHigh, objectOwner } from '../session/index.js'

/** Upper half of 2^53-1. */
const SAFE_HIGH = 0x1f_ffff

/** Handles of one worker, between what handlers give and what the kernel holds. */
export class FileHandleTable {
  readonly #high: High32<'fh'>
  readonly #objects = new Map<number, object>()
  #next = 1

  /** @param worker 0 to 63; @param generation as the session counts this worker's attachments */
  constructor(worker: WorkerIndex, generation: WorkerGeneration) {
    this.#high = objectHandleHigh({ worker, generation })
  }

  /** The wire form of what a handler returned as its handle: a safe integer from 0 on, or an object. */
  encode(handle: number | object): OpenHandle {
    if (typeof handle === 'number') {
      return { low: handle >>> 0, high: Math.floor(handle / 2 ** 32) }
    }
    const index = this.#freeIndex()
    this.#objects.set(index, handle)
    return { low: index, high: this.#high }
  }

  /** The next index; after 2^32 opens the count begins anew, around what is still open. */
  #freeIndex(): number {
    while (this.#objects.has(this.#next)) this.#next = (this.#next + 1) >>> 0
    const index = this.#next
    this.#next = (index + 1) >>> 0
    return index
  }

  /** What `encode` was given; undefined when the handle belongs to another worker, was freed, or is none of ours. */
  decode(low: Low32<'fh'>, high: High32<'fh'>): number | object | undefined {
    if (high <= SAFE_HIGH) return high * 2 ** 32 + low
    return high === this.#high ? this.#objects.get(low) : undefined
  }

  /** Whether it is an object of another worker, or of an earlier one in this place. */
  isElsewhere(high: High32<'fh'>): boolean {
    return high !== this.#high && objectOwner(high) !== undefined
  }

  /** Lets go of the object; integers, and objects of others, are ignored. */
  free(low: Low32<'fh'>, high: High32<'fh'>): void {
    if (high === this.#high) this.#objects.delete(low)
  }

  /** Objects still open. */
  get size(): number {
    return this.#objects.size
  }
}

/** Whether `value` can be a handle: an object, or an integer from 0 to 2^53-1. */
export function isHandle(value: unknown): value is number | object {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  return typeof value === 'object' && value !== null
}
