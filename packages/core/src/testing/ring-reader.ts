// Drains a device into a ring, and deals with what no worker sees: the twin of the native
// device/device-reader.cpp, for one thread. Rule: with no slot free requests are held beside the
// ring (request-intake.ts), so that FORGET and INTERRUPT, which come behind them, are still read.

import type { Nodeid } from '../base/ids.js'
import { Errno, Opcode } from '../protocol/index.js'
import { ControlPage, PAGE_SIZE, SessionState, SlotHeader } from '../ring/index.js'
import type { DeviceEndpoint, MemoryNotificationChannel } from '../session/index.js'
import { RequestIntake, type RequestIntakeParts } from './request-intake.js'

const HEADER = 40
/** forget_in, batch_forget_in and interrupt_in: one word, or a count and padding. */
const LEAST_BODY = 8
/** Forgotten nodes told at once, and what each takes: see dispatch/operations/forget-operation.ts. */
const MOST_FORGOTTEN = 64
const FORGOTTEN_RECORD = 80

export interface RingReaderParts extends Omit<RequestIntakeParts, 'requests'> {
  readonly endpoint: DeviceEndpoint
  readonly notifications: MemoryNotificationChannel
}

export class RingReader {
  readonly intake: RequestIntake
  readonly #parts: RingReaderParts
  readonly #buffer: Buffer

  constructor(parts: RingReaderParts) {
    this.intake = new RequestIntake({ ...parts, requests: parts.notifications.requests })
    this.#parts = parts
    const room = PAGE_SIZE - SlotHeader.request + parts.ring.geometry.payloadSize
    this.#buffer = Buffer.alloc(room)
  }

  /** Reads until nothing is pending, as many are held as may be, or the device ends. */
  drain(): void {
    const { ring, endpoint, locks } = this.#parts
    for (;;) {
      this.intake.placeHeld()
      this.#deliverForgotten()
      if (this.intake.held.isFull) return
      const count = endpoint.read(this.#buffer)
      if (count === -Errno.EAGAIN) return
      if (count < 0) {
        ring.state = SessionState.ENDED
        this.#parts.notifications.disarm()
        locks.clear()
        return
      }
      const message = this.#buffer.subarray(0, count)
      if (count >= HEADER && !this.#answeredHere(message)) this.intake.accept(message)
    }
  }

  /** True when a slot that gets free should bring another `drain`. */
  get waitsForSlot(): boolean {
    return this.intake.held.size > 0 || this.#parts.nodes.hasForgotten
  }

  #answeredHere(message: Buffer): boolean {
    const isWhole = message.byteLength >= HEADER + LEAST_BODY
    switch (message.readUInt32LE(4)) {
      case Opcode.FORGET:
        if (isWhole) this.#forget([[message.readBigUInt64LE(16), message.readBigUInt64LE(HEADER)]])
        return true
      case Opcode.BATCH_FORGET:
        if (isWhole) this.#forget(batchOf(message))
        return true
      case Opcode.INTERRUPT:
        this.#parts.replies.count(ControlPage.interrupts)
        if (isWhole)
          this.intake.interrupt(message.readBigUInt64LE(HEADER), message.readBigUInt64LE(8))
        return true
      case Opcode.NOTIFY_REPLY:
        this.#parts.notifications.retrieved(message)
        return true
      case Opcode.DESTROY:
        this.#parts.replies.answerUnique(message.readBigUInt64LE(8), 0)
        return true
      default:
        return false
    }
  }

  #forget(forgets: readonly (readonly [nodeid: bigint, count: bigint])[]): void {
    for (const [nodeid, count] of forgets) {
      this.#parts.nodes.forget(Number(nodeid), Number(count))
      if (this.#parts.nodes.lookupCount(Number(nodeid)) === 0)
        this.#parts.locks.forget(Number(nodeid))
    }
    this.#parts.replies.count(ControlPage.forgets, forgets.length)
  }

  #deliverForgotten(): void {
    const { ring, nodes, clock } = this.#parts
    while (nodes.hasForgotten) {
      const slot = ring.arm()
      if (slot < 0) return
      const message = forgottenMessage(nodes.takeForgotten(MOST_FORGOTTEN))
      const forgotten = { message, readAt: clock.now(), interrupted: false }
      this.intake.fill(slot, Opcode.BATCH_FORGET, forgotten)
      this.intake.queue(slot, Opcode.BATCH_FORGET)
    }
  }
}

function batchOf(message: Buffer): [nodeid: bigint, count: bigint][] {
  const first = HEADER + 8
  const count = Math.min(
    message.readUInt32LE(HEADER),
    Math.floor((message.byteLength - first) / 16),
  )
  return Array.from({ length: count }, (_, index) => [
    message.readBigUInt64LE(first + index * 16),
    message.readBigUInt64LE(first + index * 16 + 8),
  ])
}

/** A message of the reader's own, not the kernel's. */
function forgottenMessage(
  forgotten: readonly { readonly nodeid: Nodeid; readonly identity: Uint8Array }[],
): Buffer {
  const message = Buffer.alloc(HEADER + 8 + forgotten.length * FORGOTTEN_RECORD)
  message.writeUInt32LE(message.byteLength, 0)
  message.writeUInt32LE(Opcode.BATCH_FORGET, 4)
  message.writeUInt32LE(forgotten.length, HEADER)
  for (const [index, { nodeid, identity }] of forgotten.entries()) {
    const record = HEADER + 8 + index * FORGOTTEN_RECORD
    message.writeBigUInt64LE(BigInt(nodeid), record)
    message.writeUInt32LE(identity.byteLength, record + 8)
    message.set(identity, record + 16)
  }
  return message
}
