// What any handle of the connection may read next, and in which order (fs/fuse/fuse_i.h struct fuse_iqueue).

import type { Unique } from '../../base/ids.js'
import { batchForgetMessage, forgetMessage, interruptMessage } from './kernel-messages.js'
import type { KernelRequest } from './kernel-request.js'

/** fs/fuse/dev.c fuse_dev_do_read(): FORGETs let through while requests wait, and requests after them. */
const FORGETS_IN_A_ROW = 16
const REQUESTS_IN_A_ROW = 8
/** FUSE_REQ_ID_STEP: bit 0 stands for INTERRUPT. */
const UNIQUE_STEP = 2n
/** Since 7.16. */
const MINOR_WITH_BATCH_FORGET = 16
const BATCH_HEADER = 48
const BATCH_RECORD = 16

export interface Forget {
  readonly nodeid: bigint
  readonly nlookup: bigint
}

export class PendingQueue {
  #requests: KernelRequest[] = []
  readonly #interrupted = new Set<KernelRequest>()
  #forgets: Forget[] = []
  /** Requests have the first turn: struct fuse_iqueue begins as zeros. */
  #forgetBatch = 0
  #lastUnique = 0n

  get isEmpty(): boolean {
    return this.#requests.length === 0 && this.#interrupted.size === 0 && this.#forgets.length === 0
  }

  nextUnique(): Unique {
    this.#lastUnique += UNIQUE_STEP
    return this.#lastUnique
  }

  push(request: KernelRequest): void {
    request.state = 'pending'
    this.#requests.push(request)
  }

  /** Sent requests come back, the oldest first, before what waits (fs/fuse/dev.c fuse_resend()). */
  pushBack(requests: readonly KernelRequest[]): void {
    for (const request of requests) request.state = 'pending'
    this.#requests = [...requests, ...this.#requests]
  }

  /** False when it is not among the pending ones. */
  remove(request: KernelRequest): boolean {
    const index = this.#requests.indexOf(request)
    if (index < 0) return false
    this.#requests.splice(index, 1)
    return true
  }

  pushForget(forget: Forget): void {
    this.#forgets.push(forget)
  }

  /** Queued once, however often the client is signalled (fs/fuse/dev.c fuse_dev_queue_interrupt()). */
  pushInterrupt(request: KernelRequest): void {
    this.#interrupted.add(request)
  }

  /** For a request that is finished: its INTERRUPT has no sense any more. */
  dropInterrupt(request: KernelRequest): void {
    this.#interrupted.delete(request)
  }

  /** The next message that no request stands behind: an INTERRUPT, or forgets if it is their turn. */
  takeMessage(room: number, minor: number): Uint8Array | undefined {
    const [interrupted] = this.#interrupted
    if (interrupted !== undefined) {
      this.#interrupted.delete(interrupted)
      return interruptMessage(interrupted.unique)
    }
    if (this.#forgets.length === 0) return undefined
    if (this.#requests.length === 0 || this.#forgetBatch-- > 0) return this.#forget(room, minor)
    if (this.#forgetBatch <= -REQUESTS_IN_A_ROW) this.#forgetBatch = FORGETS_IN_A_ROW
    return undefined
  }

  takeRequest(): KernelRequest | undefined {
    return this.#requests.shift()
  }

  /** Everything is dropped; returns the requests, which must be ended. */
  clear(): KernelRequest[] {
    const requests = this.#requests
    this.#requests = []
    this.#interrupted.clear()
    this.#forgets = []
    return requests
  }

  #forget(room: number, minor: number): Uint8Array {
    const [first, ...more] = this.#forgets
    if (minor < MINOR_WITH_BATCH_FORGET || more.length === 0) {
      this.#forgets = more
      return forgetMessage(this.nextUnique(), first as Forget)
    }
    const fitting = Math.floor((room - BATCH_HEADER) / BATCH_RECORD)
    return batchForgetMessage(this.nextUnique(), this.#forgets.splice(0, fitting))
  }
}
