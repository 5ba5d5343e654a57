// One request on its way through the kernel's lists (fs/fuse/fuse_i.h struct fuse_req).

import type { Unique } from '../../base/ids.js'
import { type ReplyBounds, SendKind } from './connection-driver.js'

export type RequestState =
  /** Before pending: INIT is not answered yet, or max_background requests are active. */
  | 'waiting'
  /** Queued and not read (FR_PENDING). */
  | 'pending'
  /** Read and not answered (FR_SENT). */
  | 'sent'
  | 'finished'

/** Requests that were read and not answered: one list per handle (struct fuse_pqueue). */
export interface ProcessingList {
  dropProcessing(request: KernelRequest): void
}

/** Marks requests that NOTIFY_RESEND has queued again (FUSE_UNIQUE_RESEND). */
const RESEND_BIT = 1n << 63n

export class KernelRequest {
  readonly token: number
  readonly message: Uint8Array
  readonly kind: SendKind
  readonly bounds: ReplyBounds
  state: RequestState = 'waiting'
  /** The client got a signal (FR_INTERRUPTED). */
  isInterrupted = false
  /** Whose processing list it is on while it is sent. */
  reader: ProcessingList | undefined
  /** Counts among the active background requests. */
  isActiveBackground = false
  readonly #view: DataView

  constructor(token: number, message: Uint8Array, kind: SendKind, bounds: ReplyBounds) {
    this.token = token
    this.message = message
    this.#view = new DataView(message.buffer, message.byteOffset, message.byteLength)
    this.kind = kind
    this.bounds = bounds
  }

  get unique(): Unique {
    return this.#view.getBigUint64(8, true)
  }

  set unique(unique: Unique) {
    this.#view.setBigUint64(8, unique, true)
  }

  get opcode(): number {
    return this.#view.getUint32(4, true)
  }

  get expectsReply(): boolean {
    return this.kind !== SendKind.NO_REPLY
  }

  markResent(): void {
    this.unique |= RESEND_BIT
  }
}
