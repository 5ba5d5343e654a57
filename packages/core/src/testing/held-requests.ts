// Requests that were read while no slot was free for their class, in each class's order: the twin of
// device/held-requests.hpp.

import type { Unique } from '../base/ids.js'
import { MAX_HELD, MAX_HELD_BYTES } from '../ring/index.js'

const UNIQUE = 8

export interface HeldRequest {
  readonly message: Buffer
  readonly operationClass: number
  /** The clock's nanoseconds. */
  readonly readAt: bigint
  interrupted: boolean
}

export class HeldRequests {
  #requests: HeldRequest[] = []
  #bytes = 0

  get size(): number {
    return this.#requests.length
  }

  /** Then nothing more is read, FORGET and INTERRUPT neither. */
  get isFull(): boolean {
    return this.size >= MAX_HELD || this.#bytes >= MAX_HELD_BYTES
  }

  push(request: HeldRequest): void {
    this.#requests.push(request)
    this.#bytes += request.message.byteLength
  }

  /** The oldest of its class. */
  pop(operationClass: number): HeldRequest | undefined {
    const index = this.#requests.findIndex((held) => held.operationClass === operationClass)
    const [request] = index < 0 ? [] : this.#requests.splice(index, 1)
    this.#bytes -= request?.message.byteLength ?? 0
    return request
  }

  find(unique: Unique): HeldRequest | undefined {
    return this.#requests.find(({ message }) => message.readBigUInt64LE(UNIQUE) === unique)
  }

  /** Takes out all that `isOver`. */
  remove(isOver: (request: HeldRequest) => boolean): HeldRequest[] {
    const over = this.#requests.filter(isOver)
    this.#requests = this.#requests.filter((request) => !over.includes(request))
    for (const { message } of over) this.#bytes -= message.byteLength
    return over
  }
}
