// Notifications on their way to the kernel, in order but for two things: what says the same is said once, and
// what must wait for a reply lets others pass. The native twin is device/notification-queue.cpp.

import type { Nodeid } from '../base/ids.js'
import { NOTIFICATION_BODY, NotificationCode, Opcode } from '../protocol/index.js'
import type { InFlight, InFlightRequests } from './in-flight-requests.js'

export type NotificationDone = (result: number, data: Uint8Array) => void

export interface QueuedNotification {
  /** Whole, with its header. */
  readonly message: Buffer
  readonly waiters: NotificationDone[]
  /** By which it may take up others; undefined if it cannot. */
  readonly key: string | undefined
  /** Requests whose replies must be out first; known once it was looked at. */
  ahead: readonly InFlight[] | undefined
}

/** Their pages are locked until they are answered. */
const WITH_PAGES: ReadonlySet<number> = new Set([Opcode.READ, Opcode.WRITE])
/** The directory is locked until they are answered. */
const WITH_DIRECTORY: ReadonlySet<number> = new Set([
  Opcode.LOOKUP,
  Opcode.SYMLINK,
  Opcode.MKNOD,
  Opcode.MKDIR,
  Opcode.UNLINK,
  Opcode.RMDIR,
  Opcode.RENAME,
  Opcode.LINK,
  Opcode.READDIR,
  Opcode.CREATE,
  Opcode.READDIRPLUS,
  Opcode.RENAME2,
  Opcode.TMPFILE,
])
const WITH_NOTHING: ReadonlySet<number> = new Set()
const TO_THE_END = (1n << 63n) - 1n

/**
 * * POLL and INVAL_ENTRY: one that equals a queued one is not queued.
 * * INVAL_INODE: ranges of one node that overlap or touch become one; attributes alone are part of any.
 * * Neither with one that has another kind of notification behind it.
 * * INVAL_INODE of pages and STORE wait for the READs and WRITEs of their node that are in flight when they are
 *   looked at first, INVAL_ENTRY and DELETE for what is in flight in their directory. What follows about the same
 *   node waits behind them; all else passes.
 */
export class NotificationQueue {
  #queued: QueuedNotification[] = []
  /** The last of each key, since the last that others must not pass. */
  readonly #last = new Map<string, QueuedNotification>()

  add(message: Uint8Array, done: NotificationDone): void {
    const own = Buffer.from(message)
    const key = keyOf(own)
    // What comes later must not be said before it.
    if (key === undefined) this.#last.clear()
    const earlier = key === undefined ? undefined : this.#last.get(key)
    if (earlier !== undefined && take(earlier, own)) {
      earlier.waiters.push(done)
      return
    }
    const queued = { message: own, waiters: [done], key, ahead: undefined }
    this.#queued.push(queued)
    if (key !== undefined) this.#last.set(key, queued)
  }

  /** The first that need not wait for a reply. */
  take(requests: InFlightRequests): QueuedNotification | undefined {
    const waiting = new Set<Nodeid>()
    for (const queued of this.#queued) {
      const { nodeid, opcodes } = subjectOf(queued.message)
      // The order of what concerns one node is kept.
      if (nodeid === 0 || !waiting.has(nodeid)) {
        queued.ahead ??= requests.find(nodeid, opcodes)
        if (queued.ahead.every((request) => requests.hasEnded(request))) return this.#remove(queued)
      }
      waiting.add(nodeid)
    }
    return undefined
  }

  /** Everything, for the end. */
  takeAll(): QueuedNotification[] {
    this.#last.clear()
    return this.#queued.splice(0)
  }

  get isEmpty(): boolean {
    return this.#queued.length === 0
  }

  #remove(queued: QueuedNotification): QueuedNotification {
    if (queued.key !== undefined && this.#last.get(queued.key) === queued)
      this.#last.delete(queued.key)
    this.#queued = this.#queued.filter((other) => other !== queued)
    return queued
  }
}

/** The code of a whole notification. */
export function codeOf(message: Buffer): number {
  return message.readInt32LE(4)
}

function keyOf(message: Buffer): string | undefined {
  switch (codeOf(message)) {
    case NotificationCode.INVAL_INODE:
      return message.toString('latin1', 0, NOTIFICATION_BODY + 8)
    case NotificationCode.POLL:
    case NotificationCode.INVAL_ENTRY:
      return message.toString('latin1')
    default:
      return undefined
  }
}

/** The node that a notification may have to wait for, and which requests about it count. */
function subjectOf(message: Buffer): {
  readonly nodeid: Nodeid
  readonly opcodes: ReadonlySet<number>
} {
  const nodeidAt = (offset: number): Nodeid =>
    Number(message.readBigUInt64LE(NOTIFICATION_BODY + offset))
  switch (codeOf(message)) {
    case NotificationCode.INVAL_INODE:
      return { nodeid: nodeidAt(0), opcodes: offsetOf(message) < 0n ? WITH_NOTHING : WITH_PAGES }
    case NotificationCode.STORE:
      return { nodeid: nodeidAt(0), opcodes: WITH_PAGES }
    case NotificationCode.INVAL_ENTRY:
    case NotificationCode.DELETE:
      return { nodeid: nodeidAt(0), opcodes: WITH_DIRECTORY }
    case NotificationCode.RETRIEVE:
      return { nodeid: nodeidAt(8), opcodes: WITH_NOTHING }
    default:
      return { nodeid: 0, opcodes: WITH_NOTHING }
  }
}

/** Makes `earlier` say what `message` says too; false where that would say more. */
function take(earlier: QueuedNotification, message: Buffer): boolean {
  if (codeOf(message) !== NotificationCode.INVAL_INODE) return true
  const offset = offsetOf(message)
  // Attributes are stale either way.
  if (offset < 0n) return true
  const before = offsetOf(earlier.message)
  if (before < 0n) {
    message.copy(earlier.message)
    // It concerns pages now.
    earlier.ahead = undefined
    return true
  }
  const end = endOf(message)
  const endBefore = endOf(earlier.message)
  if (offset > endBefore || before > end) return false
  setRange(earlier.message, lesser(offset, before), -lesser(-end, -endBefore))
  return true
}

function offsetOf(message: Buffer): bigint {
  return message.readBigInt64LE(NOTIFICATION_BODY + 8)
}

/** Behind the last byte; the end of all files for a length of 0 and less. */
function endOf(message: Buffer): bigint {
  const offset = offsetOf(message)
  const length = message.readBigInt64LE(NOTIFICATION_BODY + 16)
  return length <= 0n || length > TO_THE_END - offset ? TO_THE_END : offset + length
}

function setRange(message: Buffer, offset: bigint, end: bigint): void {
  message.writeBigInt64LE(offset, NOTIFICATION_BODY + 8)
  message.writeBigInt64LE(end === TO_THE_END ? 0n : end - offset, NOTIFICATION_BODY + 16)
}

function lesser(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
