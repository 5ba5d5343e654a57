// Drains a device into a ring, and deals with what no worker sees: the twin of the native
// device/device-reader.cpp, for one thread. Rule: with no slot free, FORGET and INTERRUPT are
// still read, until a request has to be held.

import { OPCODE_LIMIT, operationFor } from '../dispatch/index.js'
import { HANDLE_GENERATION_MASK, HANDLE_WORKER_SHIFT, OBJECT_HANDLE_BIT } from '../inode/index.js'
import { Errno, Opcode, ReleaseFlag } from '../protocol/index.js'
import {
  ControlPage,
  InterruptRule,
  OperationClass,
  PAGE_SIZE,
  type RequestRing,
  SessionState,
  SlotHeader,
  WorkerPage,
  workerPageOffset,
} from '../ring/index.js'
import {
  type Clock,
  type DeviceEndpoint,
  LockKind,
  type MemoryLockManager,
  type MemoryNodeTable,
  type MemoryNotificationChannel,
  type OpenFileTable,
} from '../session/index.js'
import type { RingReplies } from './ring-replies.js'

const HEADER = 40
/** forget_in, batch_forget_in and interrupt_in: one word, or a count and padding. */
const LEAST_BODY = 8
/** Forgotten nodes told at once, and what each takes: see dispatch/operations/forget-operation.ts. */
const MOST_FORGOTTEN = 64
const FORGOTTEN_RECORD = 80

export interface RingReaderParts {
  readonly ring: RequestRing
  readonly endpoint: DeviceEndpoint
  readonly replies: RingReplies
  readonly nodes: MemoryNodeTable
  /** For requests on nodes that no name leads to; without it any worker gets them. */
  readonly openFiles?: OpenFileTable
  readonly clock: Clock
  readonly notifications: MemoryNotificationChannel
  readonly locks: MemoryLockManager
  /** Called for a worker that has something to do: a request on its own handle, or an interrupted one. */
  readonly wake: (worker: number) => void
}

export class RingReader {
  readonly #parts: RingReaderParts
  readonly #buffer: Buffer
  /** Bytes in the buffer of a request that waits for a free slot. */
  #held = 0

  constructor(parts: RingReaderParts) {
    this.#parts = parts
    const room = PAGE_SIZE - SlotHeader.request + parts.ring.geometry.payloadSize
    this.#buffer = Buffer.alloc(room)
  }

  /** Reads until nothing is pending, no slot is free, or the device ends. */
  drain(): void {
    const { ring, endpoint, locks } = this.#parts
    for (;;) {
      this.#deliverForgotten()
      if (this.#held > 0 && !this.#publish()) return
      const count = endpoint.read(this.#buffer)
      if (count === -Errno.EAGAIN) return
      if (count < 0) {
        ring.state = SessionState.ENDED
        this.#parts.notifications.disarm()
        locks.clear()
        return
      }
      if (count >= HEADER && !this.#answeredHere(this.#buffer.subarray(0, count))) {
        this.#held = count
      }
    }
  }

  /** True when a slot that gets free should bring another `drain`. */
  get waitsForSlot(): boolean {
    return this.#held > 0 || this.#parts.nodes.hasForgotten
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
        if (isWhole) this.#interrupt(message.readBigUInt64LE(HEADER))
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

  #interrupt(unique: bigint): void {
    const { ring, replies, locks, wake } = this.#parts
    const slot = ring.findUnique(unique)
    if (slot < 0) {
      if (locks.cancel(unique)) replies.answerUnique(unique, -Errno.EINTR)
      return
    }
    const offset = ring.slotOffset(slot)
    const rule = ring.interruptRule(ring.view.getUint32(offset + SlotHeader.opcode, true))
    if (rule === InterruptRule.IGNORE) return
    ring.interrupt(slot)
    if (rule >= InterruptRule.CANCEL && ring.withdraw(slot)) {
      // Stays in its queue; the worker that pops it frees it.
      replies.answerError(slot, -Errno.EINTR)
      return
    }
    // The slot stays its handler's.
    if (rule === InterruptRule.ANSWER) replies.answerError(slot, -Errno.EINTR)
    const owner = ring.view.getUint32(offset + SlotHeader.owner, true)
    if (owner >= ring.geometry.workerCount) return
    Atomics.add(ring.words, (workerPageOffset(owner) + WorkerPage.interrupts) >>> 2, 1)
    wake(owner)
  }

  /** False when no slot is free: the request stays in the buffer. */
  #publish(): boolean {
    const { ring, replies } = this.#parts
    const slot = ring.arm()
    if (slot < 0) return false
    const message = this.#buffer.subarray(0, this.#held)
    this.#held = 0
    replies.count(ControlPage.requests)
    const opcode = message.readUInt32LE(4)
    const unique = message.readBigUInt64LE(8)
    const nodeid = Number(message.readBigUInt64LE(16))
    this.#parts.notifications.requests.begin(slot, unique, nodeid, opcode)
    this.#fill(slot, opcode, message, unique)
    const handle = objectHandle(message, opcode) ?? this.#keeperOfUnnamed(message, opcode)
    if (handle === undefined) {
      this.#queue(opcode, slot)
    } else if (this.#isAttached(handle)) {
      ring.workerQueue(handle.worker).push(slot)
      this.#parts.wake(handle.worker)
    } else {
      // The worker that kept the object is gone, and so is the object; closing it is no error.
      const release = opcode === Opcode.RELEASE || opcode === Opcode.RELEASEDIR
      endLocksOf(this.#parts.locks, message)
      replies.answerError(slot, release ? 0 : -Errno.EIO)
      ring.release(slot)
    }
    return true
  }

  /** Whose object stands for a node that no name leads to. */
  #keeperOfUnnamed(message: Buffer, opcode: number): ObjectHandle | undefined {
    const { nodes, openFiles } = this.#parts
    const offset = operationFor(opcode)?.unnamed
    if (offset === undefined || offset + 8 > message.byteLength) return undefined
    const nodeid = Number(message.readBigUInt64LE(offset))
    const opened = openFiles?.find(nodeid)
    if (opened === undefined || nodes.parent(nodeid) !== undefined) return undefined
    const keeper = objectOf(opened.high)
    return keeper !== undefined && this.#isAttached(keeper) ? keeper : undefined
  }

  #deliverForgotten(): void {
    const { ring, nodes } = this.#parts
    while (nodes.hasForgotten) {
      const slot = ring.arm()
      if (slot < 0) return
      const message = forgottenMessage(nodes.takeForgotten(MOST_FORGOTTEN))
      this.#fill(slot, Opcode.BATCH_FORGET, message, 0n)
      this.#queue(Opcode.BATCH_FORGET, slot)
    }
  }

  #fill(slot: number, opcode: number, message: Uint8Array, unique: bigint): void {
    const { ring } = this.#parts
    const offset = ring.slotOffset(slot)
    ring.bytes.set(message, offset + SlotHeader.request)
    ring.view.setBigUint64(offset + SlotHeader.filledAt, this.#parts.clock.now(), true)
    ring.fill(slot, opcode, message.byteLength, unique)
  }

  #queue(opcode: number, slot: number): void {
    const operation = opcode < OPCODE_LIMIT ? operationFor(opcode) : undefined
    this.#parts.ring.queues[operation?.class ?? OperationClass.METADATA]?.push(slot)
  }

  #isAttached({ worker, generation }: ObjectHandle): boolean {
    const { ring } = this.#parts
    if (worker >= ring.geometry.workerCount) return false
    const page = workerPageOffset(worker) >>> 2
    return (
      ring.words[page + (WorkerPage.alive >>> 2)] === 1 &&
      ((ring.words[page + (WorkerPage.generation >>> 2)] as number) & HANDLE_GENERATION_MASK) ===
        generation
    )
  }
}

interface ObjectHandle {
  readonly worker: number
  readonly generation: number
}

/** The handle by which a request must reach one worker, if it carries such a one. */
function objectHandle(message: Buffer, opcode: number): ObjectHandle | undefined {
  const position = operationFor(opcode)?.handle
  if (position === undefined || position.offset + 8 > message.byteLength) return undefined
  if (position.flag !== 0 && (message.readUInt32LE(HEADER) & position.flag) === 0) return undefined
  return objectOf(message.readUInt32LE(position.offset + 4))
}

function objectOf(high: number): ObjectHandle | undefined {
  if ((high & OBJECT_HANDLE_BIT) === 0) return undefined
  return {
    worker: (high >>> HANDLE_WORKER_SHIFT) & 0x7f,
    generation: high & HANDLE_GENERATION_MASK,
  }
}

/** What nobody serves any more closes all the same: the twin of device/lock-ends.hpp. */
function endLocksOf(locks: MemoryLockManager, message: Buffer): void {
  const opcode = message.readUInt32LE(4)
  const nodeid = Number(message.readBigUInt64LE(16))
  if (message.byteLength < HEADER + 24) return
  const owner = message.readBigUInt64LE(HEADER + 16)
  if (opcode === Opcode.FLUSH) locks.release(nodeid, LockKind.POSIX, owner)
  const isUnlock = (message.readUInt32LE(HEADER + 12) & ReleaseFlag.FLOCK_UNLOCK) !== 0
  if (opcode === Opcode.RELEASE && isUnlock) locks.release(nodeid, LockKind.FLOCK, owner)
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
  forgotten: readonly { readonly nodeid: number; readonly identity: Uint8Array }[],
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
