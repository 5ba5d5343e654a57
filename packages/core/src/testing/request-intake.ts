// From a message that was read to a slot in a worker's queue, or, while no slot is free, to the list beside the
// ring; and what an INTERRUPT or a deadline makes of it on the way. The twin of device/request-intake.cpp, but for
// clients: those of a virtual kernel are ended by their signals.

import type { SlotIndex, Unique, WorkerIndex } from '../base/ids.js'
import { OPCODE_LIMIT, operationFor } from '../dispatch/index.js'
import { Errno, InitFlag, Opcode, UNIQUE_RESENT } from '../protocol/index.js'
import {
  CLASS_COUNT,
  ControlPage,
  InterruptRule,
  OperationClass,
  type RequestRing,
  SlotHeader,
  WorkerPage,
  workerPageOffset,
} from '../ring/index.js'
import {
  type BackingFiles,
  type Clock,
  type MemoryLockManager,
  type MemoryNodeTable,
  type MemoryNotificationChannel,
  type ObjectOwner,
  type OpenFileTable,
  objectHandleHigh,
  objectOwner,
  type PassedDeadline,
} from '../session/index.js'
import { EarlyInterrupts } from './early-interrupts.js'
import { type HeldRequest, HeldRequests } from './held-requests.js'
import { endLocksOf } from './lock-ends.js'
import type { RingReplies } from './ring-replies.js'

const HEADER = 40
const UNIQUE = 8
const NS_PER_MS = 1_000_000n

export interface RequestIntakeParts {
  readonly ring: RequestRing
  readonly replies: RingReplies
  readonly clock: Clock
  readonly requests: MemoryNotificationChannel['requests']
  readonly locks: MemoryLockManager
  readonly nodes: MemoryNodeTable
  /** For requests on nodes that no name leads to; without it any worker gets them. */
  readonly openFiles?: OpenFileTable
  /** Those that a RELEASE leaves which nobody serves. */
  readonly backingFiles?: BackingFiles
  /** Called for a worker that has something to do: a request on its own handle, or an interrupted one. */
  readonly wake: (worker: WorkerIndex) => void
  readonly onPassed?: (passed: PassedDeadline) => void
}

export class RequestIntake {
  readonly held: HeldRequests = new HeldRequests()
  readonly #early = new EarlyInterrupts()
  readonly #parts: RequestIntakeParts

  constructor(parts: RequestIntakeParts) {
    this.#parts = parts
  }

  /** Takes a request that expects a reply; the message may change afterwards. */
  accept(message: Buffer): void {
    const { ring, replies, clock } = this.#parts
    replies.count(ControlPage.requests)
    const unique = message.readBigUInt64LE(UNIQUE)
    if (this.#isInHand(unique)) return
    const rule = this.#earlyRule(unique, opcodeOf(message))
    if (rule >= InterruptRule.CANCEL) {
      replies.answerUnique(unique, -Errno.EINTR)
      return
    }
    const interrupted = rule === InterruptRule.SIGNAL
    const operationClass = classOf(opcodeOf(message))
    const request = { message, operationClass, readAt: clock.now(), interrupted }
    const hasRoom = this.held.size === 0 && ring.freeSlots > ring.keptFrom(operationClass)
    if (hasRoom) this.#publish(ring.arm(), request)
    else this.held.push({ ...request, message: Buffer.from(message) })
    this.#noteHeld()
  }

  /** Takes a request of our own, for a slot that is armed. */
  submit(slot: SlotIndex, message: Buffer): void {
    const operationClass = classOf(opcodeOf(message))
    const readAt = this.#parts.clock.now()
    this.#publish(slot, { message, operationClass, readAt, interrupted: false })
  }

  interrupt(unique: Unique, own: Unique): void {
    const { ring, replies, locks } = this.#parts
    const slot = ring.findUnique(unique)
    const held = this.held.find(unique)
    if (locks.cancel(unique)) replies.answerUnique(unique, -Errno.EINTR)
    else if (slot >= 0) this.#interruptSlot(slot)
    else if (held !== undefined) this.#interruptHeld(held)
    else if (own === (unique | 1n)) this.#sayAgain(this.#early.keep(unique, own))
  }

  /** Moves held requests into free slots. */
  placeHeld(): void {
    const { ring } = this.#parts
    for (let operationClass = 0; operationClass < CLASS_COUNT; operationClass++) {
      while (ring.freeSlots > ring.keptFrom(operationClass)) {
        const held = this.held.pop(operationClass)
        if (held === undefined) break
        this.#publish(ring.arm(), held)
      }
    }
    this.#noteHeld()
  }

  /** Answers held requests whose deadline has come. */
  passHeld(): void {
    const { ring, replies, clock, onPassed } = this.#parts
    const now = clock.now()
    const due = this.held.remove(({ message, readAt }) => {
      const timeoutMs = ring.timeout(opcodeOf(message))
      return timeoutMs > 0 && readAt + BigInt(timeoutMs) * NS_PER_MS <= now
    })
    for (const { message } of due) {
      const unique = message.readBigUInt64LE(UNIQUE)
      const opcode = opcodeOf(message)
      replies.answerUnique(unique, -ring.view.getUint32(ControlPage.timeoutErrno, true))
      replies.count(ControlPage.deadlinesPassed)
      onPassed?.({ opcode, unique, timeoutMs: ring.timeout(opcode), worker: undefined })
    }
    this.#noteHeld()
  }

  /** Puts a message into a slot that is armed, and says so. */
  fill(
    slot: SlotIndex,
    opcode: number,
    { message, readAt, interrupted }: Omit<HeldRequest, 'operationClass'>,
  ): void {
    const { ring } = this.#parts
    const offset = ring.slotOffset(slot)
    ring.bytes.set(message, offset + SlotHeader.request)
    ring.view.setBigUint64(offset + SlotHeader.filledAt, readAt, true)
    ring.fill(slot, opcode, message.byteLength, message.readBigUInt64LE(UNIQUE), interrupted)
  }

  queue(slot: SlotIndex, opcode: number): void {
    this.#parts.ring.queues[classOf(opcode)]?.push(slot)
  }

  #publish(slot: SlotIndex, request: HeldRequest): void {
    const { ring, replies, requests, locks, backingFiles, wake } = this.#parts
    const { message } = request
    const opcode = opcodeOf(message)
    const nodeid = Number(message.readBigUInt64LE(16))
    requests.begin(slot, message.readBigUInt64LE(UNIQUE), nodeid, opcode)
    this.fill(slot, opcode, request)
    const handle = objectHandle(message, opcode) ?? this.#keeperOfUnnamed(message, opcode)
    if (handle === undefined) {
      this.queue(slot, opcode)
    } else if (this.#isAttached(handle)) {
      ring.workerQueue(handle.worker).push(slot)
      wake(handle.worker)
    } else {
      // The worker that kept the object is gone, and so is the object; closing it is no error.
      const release = opcode === Opcode.RELEASE || opcode === Opcode.RELEASEDIR
      endLocksOf(locks, message)
      if (opcode === Opcode.RELEASE) backingFiles?.leave(nodeid)
      replies.answerError(slot, release ? 0 : -Errno.EIO)
      ring.release(slot)
    }
  }

  /** Whose object stands for a node that no name leads to. */
  #keeperOfUnnamed(message: Buffer, opcode: number): ObjectOwner | undefined {
    const { nodes, openFiles } = this.#parts
    const offset = operationFor(opcode)?.unnamed
    if (offset === undefined || offset + 8 > message.byteLength) return undefined
    const nodeid = Number(message.readBigUInt64LE(offset))
    const opened = openFiles?.find(nodeid)
    if (opened === undefined || nodes.parent(nodeid) !== undefined) return undefined
    const keeper = objectOwner(opened.high)
    return keeper !== undefined && this.#isAttached(keeper) ? keeper : undefined
  }

  /** A request that the kernel sends again while we have it is not run twice: see device/request-intake.cpp. */
  #isInHand(unique: Unique): boolean {
    const { ring } = this.#parts
    if ((unique & UNIQUE_RESENT) === 0n || !ring.isGranted(InitFlag.HAS_RESEND)) return false
    if (ring.findUnique(unique) >= 0 || this.held.find(unique) !== undefined) return true
    const before = unique ^ UNIQUE_RESENT
    const held = this.held.find(before)
    held?.message.writeBigUInt64LE(unique, UNIQUE)
    const slot = ring.findUnique(before)
    return held !== undefined || (slot >= 0 && ring.renew(slot, before, unique))
  }

  /** What an INTERRUPT that came first makes of its request; IGNORE if none came. */
  #earlyRule(unique: Unique, opcode: number): number {
    const wasEarly = this.#early.take(unique)
    this.#sayAgain(this.#early.giveUp())
    return wasEarly ? this.#parts.ring.interruptRule(opcode) : InterruptRule.IGNORE
  }

  /** EAGAIN makes the kernel queue an INTERRUPT once more; it refuses when the request is over. */
  #sayAgain(interrupt: Unique | undefined): void {
    if (interrupt !== undefined) this.#parts.replies.requestAgain(interrupt)
  }

  #interruptSlot(slot: SlotIndex): void {
    const { ring, replies, wake } = this.#parts
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

  #interruptHeld(held: HeldRequest): void {
    const { ring, replies } = this.#parts
    const rule = ring.interruptRule(opcodeOf(held.message))
    if (rule !== InterruptRule.IGNORE) held.interrupted = true
    if (rule < InterruptRule.CANCEL) return
    this.held.remove((other) => other === held)
    this.#noteHeld()
    replies.answerUnique(held.message.readBigUInt64LE(UNIQUE), -Errno.EINTR)
  }

  #noteHeld(): void {
    this.#parts.ring.view.setBigUint64(ControlPage.heldRequests, BigInt(this.held.size), true)
  }

  /** Not so once its seat was taken anew. */
  #isAttached(owner: ObjectOwner): boolean {
    const { ring } = this.#parts
    const { worker } = owner
    if (worker >= ring.geometry.workerCount) return false
    const page = workerPageOffset(worker) >>> 2
    const generation = ring.words[page + (WorkerPage.generation >>> 2)] as number
    return (
      ring.words[page + (WorkerPage.alive >>> 2)] === 1 &&
      objectHandleHigh({ worker, generation }) === objectHandleHigh(owner)
    )
  }
}

function opcodeOf(message: Buffer): number {
  return message.readUInt32LE(4)
}

/** Unknown opcodes are answered, with ENOSYS, like metadata. */
function classOf(opcode: number): number {
  const operation = opcode < OPCODE_LIMIT ? operationFor(opcode) : undefined
  return operation?.class ?? OperationClass.METADATA
}

/** The handle by which a request must reach one worker, if it carries such a one. */
function objectHandle(message: Buffer, opcode: number): ObjectOwner | undefined {
  const position = operationFor(opcode)?.handle
  if (position === undefined || position.offset + 8 > message.byteLength) return undefined
  if (position.flag !== 0 && (message.readUInt32LE(HEADER) & position.flag) === 0) return undefined
  return objectOwner(message.readUInt32LE(position.offset + 4))
}
