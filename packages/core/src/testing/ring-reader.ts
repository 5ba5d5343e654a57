// Drains a device into a ring, and deals with what no worker sees: the twin of the native
// device/device-reader.cpp, for one thread. Rule: with no slot free requests are held beside the
// ring (request-intake.ts), so that FORGET and INTERRUPT, which come behind them, are still read.

import type { Nodeid } from '../base/ids.js'
import { Errno, Opcode } from '../protocol/index.js'
import {
  ControlPage,
  PAGE_SIZE,
  SessionState,
  SlotHeader,
  WorkerPage,
  workerPageOffset,
} from '../ring/index.js'
import type {
  DeviceEndpoint,
  MemoryNotificationChannel,
  MemoryOpenFileTable,
} from '../session/index.js'
import { ClosingFiles, type LostNode } from './closing-files.js'
import type { OwnRequests } from './own-requests.js'
import { RequestIntake, type RequestIntakeParts } from './request-intake.js'
import type { RingReplies } from './ring-replies.js'
import { WriteTracker } from './write-tracker.js'

const HEADER = 40
/** forget_in, batch_forget_in and interrupt_in: one word, or a count and padding. */
const LEAST_BODY = 8
/** Forgotten nodes told at once, and what each takes: see dispatch/operations/forget-operation.ts. */
const MOST_FORGOTTEN = 64
const FORGOTTEN_RECORD = 80

export interface RingReaderParts extends Omit<RequestIntakeParts, 'requests' | 'openFiles'> {
  readonly endpoint: DeviceEndpoint
  readonly notifications: MemoryNotificationChannel
  /** What is open is flushed and released when the device has ended; without them the end is the end. */
  readonly closing?: { readonly openFiles: MemoryOpenFileTable; readonly own: OwnRequests }
}

export class RingReader {
  readonly intake: RequestIntake
  readonly replies: RingReplies
  /** What workers tell of each request that they begin and finish. */
  readonly writes: WriteTracker | undefined
  readonly #parts: RingReaderParts
  readonly #buffer: Buffer
  #closing: ClosingFiles | undefined

  constructor(parts: RingReaderParts) {
    const { notifications, closing } = parts
    const openFiles = closing?.openFiles
    this.intake = new RequestIntake({
      ...parts,
      requests: notifications.requests,
      ...(openFiles !== undefined && { openFiles }),
    })
    this.replies = parts.replies
    this.writes = openFiles === undefined ? undefined : new WriteTracker(parts.ring, openFiles)
    this.#parts = parts
    const room = PAGE_SIZE - SlotHeader.request + parts.ring.geometry.payloadSize
    this.#buffer = Buffer.alloc(room)
  }

  /** Reads until nothing is pending, as many are held as may be, or the device ends. */
  drain(): void {
    const { endpoint } = this.#parts
    if (this.#closing !== undefined) {
      this.#close(this.#closing)
      return
    }
    for (;;) {
      this.intake.placeHeld()
      this.#deliverForgotten()
      if (this.intake.held.isFull) return
      const count = endpoint.read(this.#buffer)
      if (count === -Errno.EAGAIN) return
      if (count < 0) {
        this.#end()
        return
      }
      const message = this.#buffer.subarray(0, count)
      if (count >= HEADER && !this.#answeredHere(message)) this.intake.accept(message)
    }
  }

  /** True when a slot that gets free should bring another `drain`. */
  get waitsForSlot(): boolean {
    const isClosing = this.#closing !== undefined && !this.#parts.ring.isEnded
    return isClosing || this.intake.held.size > 0 || this.#parts.nodes.hasForgotten
  }

  /** Files whose data may be lost, when the session has ended. */
  get lost(): readonly LostNode[] {
    return this.#closing?.lost ?? []
  }

  #end(): void {
    const { ring, clock, locks, notifications, closing } = this.#parts
    // The kernel has failed those who wait.
    notifications.disarm()
    locks.clear()
    if (closing === undefined || this.writes === undefined) {
      ring.state = SessionState.ENDED
      return
    }
    this.#tellWorkers(SessionState.CLOSING)
    const { intake, writes } = this
    this.#closing = new ClosingFiles({ ring, clock, intake, writes, ...closing })
    this.#close(this.#closing)
  }

  #close(closing: ClosingFiles): void {
    if (!this.#parts.ring.isEnded && closing.turn()) this.#tellWorkers(SessionState.ENDED)
  }

  /** Their handlers' signals are aborted at the device's end; at the session's end they leave. */
  #tellWorkers(state: number): void {
    const { ring, wake } = this.#parts
    ring.state = state
    for (let worker = 0; worker < ring.geometry.workerCount; worker++) {
      Atomics.add(ring.words, (workerPageOffset(worker) + WorkerPage.interrupts) >>> 2, 1)
      wake(worker)
    }
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
      if (this.#parts.nodes.lookupCount(Number(nodeid)) > 0) continue
      this.#parts.locks.forget(Number(nodeid))
      this.writes?.forget(Number(nodeid))
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
