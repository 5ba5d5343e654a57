// The device half of a virtual connection: what fs/fuse/dev.c keeps and decides, behind one interface.
// FuseConnection does it in TypeScript on one thread; the addon's queue does it for the real reader, ring and
// workers. Everything above (promises, inode cache, contract checks, traces) lives on its events alone.

import type { Unique } from '../../base/ids.js'

/** How a request enters the lists. */
export const SendKind = {
  /** request_send: straight to pending; the sender waits. */
  FOREGROUND: 0,
  /** request_send_nonblock: no more than max_background of them are with the daemon. */
  BACKGROUND: 1,
  /** Nobody waits and nothing answers, beside FORGET: NOTIFY_REPLY. */
  NO_REPLY: 2,
  /** Foreground that no signal takes out of pending (FR_FORCE) and that waits for no INIT: DESTROY. */
  FORCED: 3,
} as const
export type SendKind = (typeof SendKind)[keyof typeof SendKind]

/** Lengths of a successful reply's body that the kernel takes, in bytes (fs/fuse/dev.c fuse_copy_out_args()). */
export interface ReplyBounds {
  /** At least so many. */
  readonly least: number
  /** At most so many. */
  readonly most: number
}

/** What happens on a connection, in its order. Byte arrays belong to the receiver. */
export type ConnectionEvent =
  /** The request has its unique and stands in pending. */
  | { readonly kind: 'queued'; readonly token: number; readonly unique: Unique }
  /** A device handle has read `message`; `token` is 0 for FORGET, BATCH_FORGET and INTERRUPT. */
  | {
      readonly kind: 'read'
      readonly handle: number
      readonly token: number
      readonly message: Uint8Array
    }
  /** A device handle has written a reply; `result` is its length or the kernel's refusal. `token` is 0 where no request was found. */
  | {
      readonly kind: 'written'
      readonly handle: number
      readonly token: number
      readonly unique: Unique
      readonly error: number
      /** Of the whole write, header included. */
      readonly byteLength: number
      readonly result: number
    }
  /** The sender's result: 0 and the reply's body, or a negative errno. Comes once per request but NO_REPLY ones. */
  | {
      readonly kind: 'settled'
      readonly token: number
      readonly error: number
      readonly body: Uint8Array
    }
  /** A notification was written; `result` is what the write returned. */
  | {
      readonly kind: 'notified'
      readonly code: number
      readonly body: Uint8Array
      readonly result: number
    }
  /** No request passes any more: by unmount, abort, or the last handle's end. */
  | { readonly kind: 'ended'; readonly aborted: boolean }

/** What a notification does to caches; returns 0 or a negative errno. RESEND is the connection's own. */
export type NotificationSink = (code: number, body: Uint8Array) => number

/** One connection as the kernel's upper half sees it. All calls return at once. */
export interface ConnectionDriver {
  /**
   * Hands over a request; its header's unique is filled in when it is queued. Nothing is sent before INIT is
   * answered: it waits. After the end it settles with -ENOTCONN, after a refused INIT with -ECONNREFUSED.
   * @returns its token, from 1, never used again
   */
  send(message: Uint8Array, kind: SendKind, bounds: ReplyBounds): number
  /** Queues a FORGET. Several that wait are read as one BATCH_FORGET. Dropped after the end. */
  forget(nodeid: bigint, nlookup: bigint): void
  /** The waiting client got a signal: INTERRUPT follows its request once that is read. */
  signal(token: number): void
  /** The waiting client got a fatal signal; true when the request was not read yet, and so vanishes with -EINTR. */
  kill(token: number): boolean
  /** Unmounts: in flight -ECONNABORTED, later -ENOTCONN, reads -ENODEV. */
  unmount(): void
  /** As the control file `abort`: the same, and reads get -ECONNABORTED where ABORT_ERROR was negotiated. */
  abort(): void
}
