// How notifications reach the kernel: always later, never from the caller. In production a native thread writes them
// (device/notifier.cpp); MemoryNotificationChannel does it between the tasks of one thread.

import { type Unique, wordOf } from '../base/ids.js'
import {
  decodeNotifyReply,
  Errno,
  NOTIFICATION_BODY,
  NotificationCode,
  type NotifyReply,
  ProtocolError,
  WireReader,
} from '../protocol/index.js'
import type { DeviceEndpoint } from './device-endpoint.js'
import { InFlightRequests } from './in-flight-requests.js'
import { codeOf, NotificationQueue, type QueuedNotification } from './notification-queue.js'

/** What became of a notification. */
export interface NotificationAnswer {
  /** 0, or the negative errno of the write; -ENODEV before the session serves and after its end. */
  readonly result: number
  /** What was retrieved; empty for all but RETRIEVE. */
  readonly data: Uint8Array
}

/** A thread's way to the one who writes. */
export interface NotificationChannel {
  /**
   * Writes a whole notification, by and by; see NotificationQueue for the order. notify_unique of RETRIEVE is the
   * channel's, and the answer to it comes with the NOTIFY_REPLY. Never rejects; the end of the session settles all.
   */
  send(message: Uint8Array): Promise<NotificationAnswer>
}

/** What the channel writes with; there once the session serves. */
export interface MemoryChannelParts {
  readonly endpoint: DeviceEndpoint
  /** Runs a task once, later. */
  readonly schedule: (task: () => void, label: string) => void
}

/** Above all uniques of requests, which count from 2. */
const FIRST_UNIQUE = 1n << 62n
const NOTHING = new Uint8Array(0)

/** Writes one notification per task of the thread that it is on. */
export class MemoryNotificationChannel implements NotificationChannel {
  /** Noted by whoever reads requests and writes replies. */
  readonly requests: InFlightRequests = new InFlightRequests()
  readonly #queue = new NotificationQueue()
  /** RETRIEVEs whose NOTIFY_REPLY is to come, by notify_unique. */
  readonly #expected = new Map<Unique, QueuedNotification>()
  #parts: MemoryChannelParts | undefined
  #lastUnique: Unique = FIRST_UNIQUE
  #isScheduled = false

  constructor() {
    this.requests.onEnd = () => this.#schedule()
  }

  /** From now on notifications are taken. */
  arm(parts: MemoryChannelParts): void {
    this.#parts = parts
  }

  send(message: Uint8Array): Promise<NotificationAnswer> {
    return new Promise((resolve) => {
      const done = (result: number, data: Uint8Array): void => resolve({ result, data })
      if (this.#parts === undefined) {
        done(-Errno.ENODEV, NOTHING)
        return
      }
      this.#queue.add(message, done)
      this.#schedule()
    })
  }

  /** NOTIFY_REPLY has come, whole: whoever retrieves gets its bytes. */
  retrieved(message: Buffer): void {
    const reply = decoded(message)
    if (reply === undefined) return
    const unique = wordOf(reply.uniqueLow, reply.uniqueHigh)
    const data = Uint8Array.from(message.subarray(reply.dataStart, reply.dataEnd))
    for (const done of this.#expected.get(unique)?.waiters ?? []) done(0, data)
    this.#expected.delete(unique)
  }

  /** Everything is settled with -ENODEV. */
  disarm(): void {
    this.#parts = undefined
    for (const queued of this.#queue.takeAll()) settle(queued, -Errno.ENODEV)
    for (const expected of this.#expected.values()) settle(expected, -Errno.ENODEV)
    this.#expected.clear()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#queue.isEmpty) return
    this.#isScheduled = true
    this.#parts?.schedule(() => {
      this.#isScheduled = false
      this.#turn()
    }, 'notifier')
  }

  /** Writes one: the next has a task of its own. What waits for a reply is scheduled by that. */
  #turn(): void {
    const parts = this.#parts
    const next = this.#queue.take(this.requests)
    if (parts === undefined || next === undefined) return
    this.#write(parts.endpoint, next)
    this.#schedule()
  }

  #write(endpoint: DeviceEndpoint, notification: QueuedNotification): void {
    const { message } = notification
    const isRetrieve = codeOf(message) === NotificationCode.RETRIEVE
    const unique = isRetrieve ? this.#nextUnique() : 0n
    if (isRetrieve) {
      message.writeBigUInt64LE(unique, NOTIFICATION_BODY)
      // The reply may come before the write returns.
      this.#expected.set(unique, notification)
    }
    const result = Math.min(0, endpoint.writev([message]))
    if (isRetrieve && result === 0) return
    this.#expected.delete(unique)
    settle(notification, result)
  }

  #nextUnique(): Unique {
    this.#lastUnique += 2n
    return this.#lastUnique
  }
}

/** Undefined for what is none: nobody waits for that. */
function decoded(message: Buffer): NotifyReply | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const reader = new WireReader(view, message)
  reader.reset(0, message.byteLength)
  try {
    return decodeNotifyReply(reader)
  } catch (error) {
    if (ProtocolError.is(error)) return undefined
    throw error
  }
}

function settle({ waiters }: QueuedNotification, result: number): void {
  for (const done of waiters) done(result, NOTHING)
}
