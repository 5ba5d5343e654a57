// Typed access to one session's shared memory: slots, their states and the queues of filled ones.
// Every worker has one over the same SharedArrayBuffer; the native reader works on the same words.
// Rule: a slot belongs to whoever moved its state last, and only the owner touches its other words.

import type { SlotIndex, Unique, WorkerIndex } from '../base/ids.js'
import {
  CLASS_COUNT,
  ControlPage,
  FORGOTTEN_OPCODE,
  InterruptRule,
  MAX_SLOTS,
  MAX_WORKERS,
  PAGE_SIZE,
  QueuePosition,
  queueCellsOffset,
  RING_MAGIC,
  RING_VERSION,
  type RingGeometry,
  RULE_COUNT,
  ringByteLength,
  SessionState,
  SlotHeader,
  SlotState,
  slotStride,
  slotsOffset,
  WorkerPage,
  workerPageOffset,
} from './ring-layout.js'
import { SlotQueue } from './slot-queue.js'

/** The memory of one session: `base` is the offset at which the layout begins, page aligned in the process. */
export interface RingMemory {
  readonly buffer: SharedArrayBuffer
  /** Bytes from the buffer's start to the ring's. */
  readonly base: number
}

/** One thread's view of a session's shared memory. */
export class RequestRing {
  readonly geometry: RingGeometry
  readonly words: Int32Array
  readonly view: DataView
  readonly bytes: Buffer
  readonly queues: readonly SlotQueue[]
  readonly #uniques: BigUint64Array
  readonly #slots: number
  readonly #stride: number
  readonly #bitmapWords: number

  private constructor(memory: RingMemory, geometry: RingGeometry) {
    const length = ringByteLength(geometry)
    this.geometry = geometry
    this.words = new Int32Array(memory.buffer, memory.base, length >>> 2)
    this.view = new DataView(memory.buffer, memory.base, length)
    this.bytes = Buffer.from(memory.buffer, memory.base, length)
    this.#uniques = new BigUint64Array(memory.buffer, memory.base, length >>> 3)
    this.#slots = slotsOffset(geometry)
    this.#stride = slotStride(geometry)
    this.#bitmapWords = Math.ceil(geometry.slotCount / 32)
    this.queues = Array.from(
      { length: CLASS_COUNT },
      (_, index) =>
        new SlotQueue(
          this.words,
          ControlPage.queues + index * QueuePosition.byteLength,
          queueCellsOffset(geometry, index),
        ),
    )
  }

  /** Lays a ring out in fresh, zeroed memory: every slot free, every queue empty. */
  static create(memory: RingMemory, geometry: RingGeometry): RequestRing {
    checkRange('slotCount', geometry.slotCount, 1, MAX_SLOTS)
    checkRange('workerCount', geometry.workerCount, 1, MAX_WORKERS)
    if (geometry.payloadSize % PAGE_SIZE !== 0) throw new RangeError('payloadSize: not whole pages')
    const ring = new RequestRing(memory, geometry)
    ring.view.setUint32(ControlPage.magic, RING_MAGIC, true)
    ring.view.setUint32(ControlPage.version, RING_VERSION, true)
    ring.view.setUint32(ControlPage.slotCount, geometry.slotCount, true)
    ring.view.setUint32(ControlPage.workerCount, geometry.workerCount, true)
    ring.view.setUint32(ControlPage.payloadSize, geometry.payloadSize, true)
    for (let slot = 0; slot < geometry.slotCount; slot++) ring.#setFree(slot)
    for (const queue of ring.queues) queue.initialize()
    for (let worker = 0; worker < geometry.workerCount; worker++)
      ring.workerQueue(worker).initialize()
    return ring
  }

  /** Opens a ring that `create` laid out, possibly in another thread. */
  static open(memory: RingMemory): RequestRing {
    const header = new DataView(memory.buffer, memory.base, PAGE_SIZE)
    if (header.getUint32(ControlPage.magic, true) !== RING_MAGIC)
      throw new Error('not a request ring')
    const version = header.getUint32(ControlPage.version, true)
    if (version !== RING_VERSION)
      throw new Error(`request ring of version ${version}, expected ${RING_VERSION}`)
    return new RequestRing(memory, {
      slotCount: header.getUint32(ControlPage.slotCount, true),
      workerCount: header.getUint32(ControlPage.workerCount, true),
      payloadSize: header.getUint32(ControlPage.payloadSize, true),
    })
  }

  /** Whether INIT granted this flag, by its bit number; all are false until INIT is answered. */
  isGranted(bit: number): boolean {
    const word = bit < 32 ? ControlPage.flagsLow : ControlPage.flagsHigh
    return (((this.words[word >>> 2] as number) >>> (bit & 31)) & 1) !== 0
  }

  /** Notes that INIT granted this flag. */
  grant(bit: number): void {
    const word = bit < 32 ? ControlPage.flagsLow : ControlPage.flagsHigh
    ;(this.words[word >>> 2] as number) |= 1 << (bit & 31)
  }

  /** Notes that a handler of this opcode has returned a promise: its requests are given memory of their own. */
  noteAsync(opcode: number): void {
    const word = (opcode < 32 ? ControlPage.asyncLow : ControlPage.asyncHigh) >>> 2
    const bit = 1 << (opcode & 31)
    if (((this.words[word] as number) & bit) === 0) Atomics.or(this.words, word, bit)
  }

  /** Of requests on objects that this worker keeps. */
  workerQueue(worker: WorkerIndex): SlotQueue {
    const page = workerPageOffset(worker)
    return new SlotQueue(this.words, page + WorkerPage.queue, page + WorkerPage.cells)
  }

  /** Bytes from the ring's start. */
  slotOffset(slot: SlotIndex): number {
    return this.#slots + slot * this.#stride
  }

  /** Takes a free slot for filling, lowest index first so that few payloads are ever touched; -1 when none is free. */
  arm(): SlotIndex {
    const bitmap = ControlPage.freeBitmap >>> 2
    for (let word = 0; word < this.#bitmapWords; word++) {
      const bits = Atomics.load(this.words, bitmap + word)
      if (bits === 0) continue
      const bit = 31 - Math.clz32(bits & -bits)
      // Only one thread arms slots, so a set bit stays set until it is taken here.
      Atomics.and(this.words, bitmap + word, ~(1 << bit))
      const slot = word * 32 + bit
      Atomics.store(this.words, this.slotOffset(slot) >>> 2, SlotState.ARMED)
      return slot
    }
    return -1
  }

  /** Slots that a request may be put into at this moment. */
  get freeSlots(): number {
    let count = 0
    for (let word = 0; word < this.#bitmapWords; word++) {
      let bits = Atomics.load(this.words, (ControlPage.freeBitmap >>> 2) + word)
      for (; bits !== 0; bits &= bits - 1) count += 1
    }
    return count
  }

  /**
   * So many free slots are not for requests of this class: data that is stuck leaves room for metadata, and both
   * leave room for control.
   */
  keptFrom(operationClass: number): number {
    return Math.floor((this.geometry.slotCount * operationClass) / 16)
  }

  /** armed -> filled: publishes the request in the slot to whoever pops it from a queue. */
  fill(
    slot: SlotIndex,
    opcode: number,
    requestLength: number,
    unique: Unique,
    interrupted = false,
  ): void {
    const offset = this.slotOffset(slot)
    this.words[(offset + SlotHeader.opcode) >>> 2] = opcode
    this.words[(offset + SlotHeader.requestLength) >>> 2] = requestLength
    this.words[(offset + SlotHeader.interrupted) >>> 2] = interrupted ? 1 : 0
    Atomics.store(this.#uniques, (offset + SlotHeader.unique) >>> 3, unique)
    Atomics.store(this.words, offset >>> 2, SlotState.FILLED)
  }

  /** filled -> running; false when somebody else (an interrupt, its deadline) has answered it: free it then. */
  claim(slot: SlotIndex, worker: WorkerIndex): boolean {
    const offset = this.slotOffset(slot)
    // Only the worker that popped the slot comes here, so the owner may be named before the state says so.
    this.words[(offset + SlotHeader.owner) >>> 2] = worker
    return (
      Atomics.compareExchange(this.words, offset >>> 2, SlotState.FILLED, SlotState.RUNNING) ===
        SlotState.FILLED && !this.isAnswered(slot)
    )
  }

  /**
   * Somebody has taken the right to answer: of a running slot, that its handler is late. Such a slot is in
   * quarantine: nobody else may use its memory before the handler has settled.
   */
  isAnswered(slot: SlotIndex): boolean {
    const offset = this.slotOffset(slot)
    const unique = (offset + SlotHeader.unique) >>> 2
    return (
      Atomics.load(this.words, unique) === 0 &&
      Atomics.load(this.words, unique + 1) === 0 &&
      this.words[(offset + SlotHeader.opcode) >>> 2] !== FORGOTTEN_OPCODE
    )
  }

  /** Slots whose request is answered while its handler is still at work. */
  get quarantined(): number {
    let count = 0
    for (let slot = 0; slot < this.geometry.slotCount; slot++) {
      const state = Atomics.load(this.words, this.slotOffset(slot) >>> 2)
      if (state === SlotState.RUNNING && this.isAnswered(slot)) count += 1
    }
    return count
  }

  /** filled -> answered, without any worker; false when a worker has begun. */
  withdraw(slot: SlotIndex): boolean {
    return (
      Atomics.compareExchange(
        this.words,
        this.slotOffset(slot) >>> 2,
        SlotState.FILLED,
        SlotState.ANSWERED,
      ) === SlotState.FILLED
    )
  }

  /** Takes the right to answer: the unique, or 0n when it is taken already. */
  takeUnique(slot: SlotIndex): Unique {
    return Atomics.exchange(this.#uniques, (this.slotOffset(slot) + SlotHeader.unique) >>> 3, 0n)
  }

  /**
   * Takes the right to answer the request that was seen under this unique; false when the slot has another one by
   * now. The kernel gives no unique twice, so what was read of the slot since then belonged to the request.
   */
  takeUniqueOf(slot: SlotIndex, unique: Unique): boolean {
    return this.renew(slot, unique, 0n)
  }

  /** Gives an unanswered request that the kernel has sent again its new unique; false when it is answered. */
  renew(slot: SlotIndex, unique: Unique, renewed: Unique): boolean {
    const word = (this.slotOffset(slot) + SlotHeader.unique) >>> 3
    return Atomics.compareExchange(this.#uniques, word, unique, renewed) === unique
  }

  /** The unique of a slot's request while nobody has answered it, else 0n. */
  unique(slot: SlotIndex): Unique {
    return Atomics.load(this.#uniques, (this.slotOffset(slot) + SlotHeader.unique) >>> 3)
  }

  /** Slot of the request with this unique that is not answered yet, or -1. */
  findUnique(unique: Unique): SlotIndex {
    // Of slots without a request.
    if (unique === 0n) return -1
    for (let slot = 0; slot < this.geometry.slotCount; slot++) {
      if (this.unique(slot) === unique) return slot
    }
    return -1
  }

  /** Any state -> free. Only when nobody, no late handler either, can touch the slot any more. */
  release(slot: SlotIndex): void {
    Atomics.store(this.words, this.slotOffset(slot) >>> 2, SlotState.FREE)
    this.#setFree(slot)
  }

  /** Milliseconds from reading to the deadline of an opcode's requests; 0 for none. */
  timeout(opcode: number): number {
    if (opcode >= RULE_COUNT) return 0
    return this.view.getUint32(ControlPage.timeouts + opcode * 4, true)
  }

  /** InterruptRule of an opcode. */
  interruptRule(opcode: number): number {
    if (opcode >= RULE_COUNT) return InterruptRule.SIGNAL
    return this.view.getUint8(ControlPage.interruptRules + opcode)
  }

  /** Lets the handler of a slot's request see that its client was interrupted. */
  interrupt(slot: SlotIndex): void {
    Atomics.store(this.words, (this.slotOffset(slot) + SlotHeader.interrupted) >>> 2, 1)
  }

  /** SessionState, as every thread sees it. */
  get state(): number {
    return Atomics.load(this.words, ControlPage.state >>> 2)
  }

  set state(value: number) {
    Atomics.store(this.words, ControlPage.state >>> 2, value)
  }

  /** The device has ended; what runs for the kernel runs in vain. */
  get isDeviceEnded(): boolean {
    const { state } = this
    return state === SessionState.CLOSING || state === SessionState.ENDED
  }

  get isEnded(): boolean {
    return this.state === SessionState.ENDED
  }

  #setFree(slot: SlotIndex): void {
    Atomics.or(this.words, (ControlPage.freeBitmap >>> 2) + (slot >>> 5), 1 << (slot & 31))
  }
}

function checkRange(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name}: ${value} is not between ${low} and ${high}`)
  }
}
