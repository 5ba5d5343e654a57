// One request while it is served. There is one object per slot and worker, used again and again:
// what decoding leaves for encoding stands here, so that no closure is made per request.

import type {
  High32,
  LockOwner,
  Low32,
  Nodeid,
  SlotIndex,
  Unique,
  WorkerIndex,
} from '../base/ids.js'
import { type RequestRing, SlotHeader } from '../ring/index.js'
import { type LockRequest, SlotContext } from '../session/index.js'

const NO_BYTES = new Uint8Array(0)

/** One request while it is served; one object per slot. */
export class Request {
  readonly slot: SlotIndex
  /** Byte offset of the slot in the ring. */
  readonly offset: number
  readonly context: SlotContext
  readonly payload: Buffer
  nodeid: Nodeid = 0
  /** Bytes asked for (READ, READDIR) or given (WRITE). */
  size = 0
  /** (parent, name) of the entry that the request is about. */
  parent: Nodeid = 0
  name: Uint8Array = NO_BYTES
  newParent: Nodeid = 0
  newName: Uint8Array = NO_BYTES
  /** Node to which LINK gives another name. */
  linked: Nodeid = 0
  /** Bytes that COPY_FILE_RANGE may copy: apart from `size`, which stays a small integer. */
  most = 0
  fhLow: Low32<'fh'> = 0
  fhHigh: High32<'fh'> = 0
  flags = 0
  /** Where READDIR goes on. */
  cookie: number | bigint = 0
  /** True once the reply holds a handle that must be released if the kernel does not take it. */
  opened = false
  /** True once the open counts in the table of backing files. */
  joined = false
  /** Node whose lookup count this reply raises; 0 if none. */
  entryNode: Nodeid = 0
  /** The same of a READDIRPLUS, one for each time that a count is raised. */
  readonly counted: Nodeid[] = []
  /** The lock that was set, to be taken back if the kernel does not take the reply. */
  lock: LockRequest | undefined
  /** Whose locks end with this request. */
  lockOwner: LockOwner | undefined
  /** Reply bytes of the handler's own, sent in place of the payload. */
  ownBytes: Uint8Array | undefined
  readonly #ring: RequestRing
  #data: Buffer

  constructor(ring: RequestRing, slot: SlotIndex, worker: WorkerIndex) {
    this.slot = slot
    this.offset = ring.slotOffset(slot)
    this.context = new SlotContext(ring, slot, worker)
    const payload = this.offset + SlotHeader.payload
    this.payload = ring.bytes.subarray(payload, payload + ring.geometry.payloadSize)
    this.#data = this.payload
    this.#ring = ring
  }

  /** Leaves nothing of the slot's last request. */
  begin(): void {
    this.nodeid = 0
    this.entryNode = 0
    this.opened = false
    this.joined = false
    this.lock = undefined
    this.lockOwner = undefined
    this.ownBytes = undefined
    // Setting a length is a call, even where nothing changes.
    if (this.counted.length > 0) this.counted.length = 0
    this.context.reset()
  }

  /** As much of the payload as `size` says. */
  get data(): Buffer {
    // Clients ask for the same size again and again, and to make a Buffer costs more than all else of a READ.
    if (this.#data.length !== this.size) this.#data = this.payload.subarray(0, this.size)
    return this.#data
  }

  /** Start of the reply's body, for a WireWriter. */
  get bodyOffset(): number {
    return this.offset + SlotHeader.body
  }

  /** Start of the reply's payload. */
  get payloadOffset(): number {
    return this.offset + SlotHeader.payload
  }

  get opcode(): number {
    return this.#ring.words[(this.offset + SlotHeader.opcode) >>> 2] as number
  }

  get requestLength(): number {
    return this.#ring.words[(this.offset + SlotHeader.requestLength) >>> 2] as number
  }

  /** The kernel's unique, for messages. */
  get unique(): Unique {
    return this.#ring.view.getBigUint64(this.offset + SlotHeader.request + 8, true)
  }

  /** Describes the answer; the transport sends it. `error` is 0 or a negative errno. */
  answer(error: number, bodyLength: number, payloadLength: number): void {
    const words = this.#ring.words
    words[(this.offset + SlotHeader.error) >>> 2] = error
    words[(this.offset + SlotHeader.bodyLength) >>> 2] = bodyLength
    words[(this.offset + SlotHeader.payloadLength) >>> 2] = payloadLength
  }
}
