// One worker's dispatcher and pump over a transport that is no more than a stack of slots: the same request again and
// again, so that what is measured is JavaScript, and the addon's tables. The request in a slot outlives its answer.

import {
  createLatencies,
  Dispatcher,
  LatencyRecorder,
  NextResult,
  RequestPump,
  type RequestTransport,
  routingTable,
} from '@fuseloop/core/dispatch'
import { FileHandleTable, type InodeHandlers, type Text, textCodec } from '@fuseloop/core/inode'
import { PAGE_SIZE, RequestRing, ringByteLength, SlotHeader } from '@fuseloop/core/ring'
import { CachePolicy, resolveCache, type WorkerLocks } from '@fuseloop/core/session'
import { loadNativeBinding, type NativeWorker } from '@fuseloop/native'

const OPCODE = 4
/** As many as a turn begins of handlers that wait. */
const SLOTS = 8

/** Serves requests that are always there. */
export class RequestLoop implements RequestTransport {
  readonly seat: NativeWorker
  readonly locks: WorkerLocks
  readonly elapsed = 2000
  /** Requests answered with an error. */
  failed = 0
  readonly #ring: RequestRing
  readonly #pump: RequestPump
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, slot) => slot)
  #depth = SLOTS
  #left = 0
  #answered = 0
  #close: () => void

  constructor(handlers: InodeHandlers<Text, number | object>) {
    const geometry = { slotCount: SLOTS, workerCount: 1, payloadSize: 128 * 1024 }
    const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
    const binding = loadNativeBinding()
    const memory = { buffer, base: binding.pageOffset(new Uint8Array(buffer)) }
    this.#ring = RequestRing.create(memory, geometry)
    const native = new binding.NativeSession(this.#ring.bytes, routingTable(), false)
    this.seat = binding.attachWorker(native.id, 0, this.#ring.bytes, () => undefined)
    this.#close = () => {
      this.seat.detach()
      native.close()
    }
    this.locks = this.seat.locks
    const latencies = new LatencyRecorder(createLatencies(1), 0)
    const dispatcher = new Dispatcher({
      ring: this.#ring,
      worker: 0,
      handlers,
      nodes: this.seat.nodes,
      directories: this.seat.directories,
      openFiles: this.seat.openFiles,
      backingFiles: this.seat.backingFiles,
      handles: new FileHandleTable(0, this.seat.generation),
      text: textCodec('utf8'),
      cache: new CachePolicy(resolveCache({})),
      log: (message) => {
        throw new Error(message)
      },
      transport: this,
      onAnswered: (opcode, elapsedNs) => latencies.record(opcode, elapsedNs),
    })
    this.#pump = new RequestPump(this.#ring, 0, this, dispatcher, () => undefined)
  }

  /** Has a request served so many times; resolves with the nanoseconds that one took. */
  async serve(message: Uint8Array, count: number): Promise<number> {
    this.#fill(message)
    this.#left = count
    this.#answered = 0
    const started = process.hrtime.bigint()
    while (this.#answered < count) {
      this.#pump.turn()
      // Of handlers that return promises, which settle now.
      if (this.#answered < count && this.#depth < SLOTS) await undefined
    }
    return Number(process.hrtime.bigint() - started) / count
  }

  close(): void {
    this.#close()
  }

  next(): number {
    if (this.#left === 0 || this.#depth === 0) return NextResult.IDLE
    this.#left -= 1
    this.#depth -= 1
    return this.#free[this.#depth] as number
  }

  finish(slot: number): number {
    if (this.#ring.words[(this.#ring.slotOffset(slot) + SlotHeader.error) >>> 2] !== 0)
      this.failed += 1
    this.#free[this.#depth] = slot
    this.#depth += 1
    this.#answered += 1
    return 0
  }

  finishWith(slot: number): number {
    return this.finish(slot)
  }

  discard(slot: number): void {
    this.finish(slot)
  }

  yield(): void {}

  #fill(message: Uint8Array): void {
    const { bytes, words } = this.#ring
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const offset = this.#ring.slotOffset(slot)
      bytes.set(message, offset + SlotHeader.request)
      words[(offset + SlotHeader.opcode) >>> 2] = message[OPCODE] as number
      words[(offset + SlotHeader.requestLength) >>> 2] = message.byteLength
    }
  }
}
