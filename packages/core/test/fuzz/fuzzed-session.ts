// The whole way of a request, from a device that tells lies to handlers that check what they are given.

import { Dispatcher, RequestPump } from '@fuseloop/core/dispatch'
import { FileHandleTable, textCodec } from '@fuseloop/core/inode'
import {
  payloadSizeFor,
  RequestRing,
  ringByteLength,
  SlotHeader,
  SlotState,
} from '@fuseloop/core/ring'
import {
  CachePolicy,
  MemoryBackingFiles,
  MemoryDirectoryTable,
  MemoryNodeTable,
  MemoryOpenFileTable,
  resolveCache,
} from '@fuseloop/core/session'
import { RingTransport } from '@fuseloop/core/testing'
import { fuzzedHandlers } from './fuzzed-handlers.js'
import { ScriptedDevice } from './scripted-device.js'

const SLOTS = 4
/** More than any run takes; what hangs does so for ever. */
const MOST_TURNS = 20_000

export class FuzzedSession {
  readonly device = new ScriptedDevice()
  readonly nodes = new MemoryNodeTable()
  readonly log: string[] = []
  /** What handlers were given that no handler should get. */
  readonly complaints: string[] = []
  readonly ring: RequestRing
  readonly #dispatcher: Dispatcher
  readonly #pump: RequestPump
  #hasEnded = false
  #scheduled = false
  /** What a turn has thrown, which would have ended the worker. */
  #failure: Error | undefined

  constructor() {
    const geometry = { slotCount: SLOTS, workerCount: 1, payloadSize: payloadSizeFor(4096, 1) }
    const buffer = new SharedArrayBuffer(ringByteLength(geometry))
    this.ring = RequestRing.create({ buffer, base: 0 }, geometry)
    const { ring, device, nodes } = this
    nodes.keepForgotten()
    const wake = (): void => this.#schedule()
    const transport = new RingTransport({ ring, endpoint: device, nodes, wake })
    this.#dispatcher = new Dispatcher({
      ring,
      worker: 0,
      handlers: fuzzedHandlers((complaint) => this.complaints.push(complaint)),
      nodes,
      directories: new MemoryDirectoryTable(),
      openFiles: new MemoryOpenFileTable(),
      backingFiles: new MemoryBackingFiles(),
      handles: new FileHandleTable(0, transport.generation),
      text: textCodec('utf8'),
      cache: new CachePolicy(resolveCache({ entryTimeoutMs: 0, attributesTimeoutMs: 0 })),
      log: (message) => this.log.push(message),
      transport,
    })
    this.#pump = new RequestPump(ring, 0, transport, this.#dispatcher, () => {
      this.#hasEnded = true
    })
  }

  /** Serves until all is read, answered and settled, then ends. @throws Error when that does not come */
  async serve(messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) this.device.put(message)
    await this.settle()
    this.device.end()
    await this.#until(() => this.#hasEnded && this.#dispatcher.pending === 0)
  }

  /** Serves until all that was put into the device is read and settled. */
  async settle(): Promise<void> {
    await this.#until(() => this.device.pending === 0 && this.#dispatcher.pending === 0)
  }

  /** Slots that never came back. */
  get lostSlots(): number {
    const slots = Array.from({ length: SLOTS }, (_, slot) =>
      this.ring.view.getUint32(this.ring.slotOffset(slot) + SlotHeader.state, true),
    )
    return slots.filter((state) => state !== SlotState.FREE).length
  }

  async #until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      this.#schedule()
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#failure !== undefined) throw this.#failure
      if (holds()) return
    }
    throw new Error(`the session hangs: ${this.device.pending} unread, ${this.device.owed} owed`)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      try {
        this.#pump.turn()
      } catch (error) {
        this.#failure = error as Error
      }
    })
  }
}
