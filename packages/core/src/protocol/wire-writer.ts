// Writes the structs of one reply in place, in the session's shared memory. One writer serves all
// replies of a worker; `reset` moves it. Offsets count from the reply's start, little endian. Rule:
// `claim` a struct's bytes first; the number writers do not look at the capacity.

import { UINT64_MAX } from './integer-check.js'
import { ProtocolError } from './protocol-error.js'

const TWO_32 = 0x1_0000_0000

/** A reply's bytes; little endian, offsets from its start. */
export class WireWriter {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #start = 0
  #end = 0
  #length = 0

  /** Both must cover the same memory. */
  constructor(view: DataView, bytes: Uint8Array) {
    this.#view = view
    this.#bytes = bytes
  }

  /** Begins a reply at byte `start` of the memory that may reach up to `capacityEnd`. */
  reset(start: number, capacityEnd: number): void {
    this.#start = start
    this.#end = capacityEnd
    this.#length = 0
  }

  /** Bytes from the reply's start to the end of what was claimed. */
  get length(): number {
    return this.#length
  }

  /** Bytes from the reply's start to the end of the memory given for it. */
  get capacity(): number {
    return this.#end - this.#start
  }

  /** @throws ProtocolError ERR_FUSE_NO_SPACE beyond the capacity */
  claim(offset: number, byteLength: number): void {
    const end = offset + byteLength
    if (this.#start + end > this.#end) {
      throw new ProtocolError(
        'ERR_FUSE_NO_SPACE',
        `a reply of ${end} bytes does not fit in ${this.#end - this.#start}`,
      )
    }
    if (end > this.#length) this.#length = end
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(this.#start + offset, value, true)
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(this.#start + offset, value, true)
  }

  i32(offset: number, value: number): void {
    this.#view.setInt32(this.#start + offset, value, true)
  }

  /** An opaque 64-bit word from its halves. */
  words(offset: number, low: number, high: number): void {
    this.#view.setUint32(this.#start + offset, low, true)
    this.#view.setUint32(this.#start + offset + 4, high, true)
  }

  /** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER unless safe and from 0, or a 64-bit bigint */
  u64(offset: number, value: number | bigint): void {
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) || value < 0) throw unsafeInteger(value)
      this.#view.setUint32(this.#start + offset, value >>> 0, true)
      this.#view.setUint32(this.#start + offset + 4, (value / TWO_32) >>> 0, true)
      return
    }
    if (value < 0n || value > UINT64_MAX) throw unsafeInteger(value)
    this.#view.setBigUint64(this.#start + offset, value, true)
  }

  /** A signed safe integer. */
  i64(offset: number, value: number): void {
    if (!Number.isSafeInteger(value)) throw unsafeInteger(value)
    this.#view.setUint32(this.#start + offset, value >>> 0, true)
    this.#view.setInt32(this.#start + offset + 4, Math.floor(value / TWO_32), true)
  }

  /** Claims and clears; shared memory still holds the reply before. */
  zero(offset: number, byteLength: number): void {
    this.claim(offset, byteLength)
    const start = this.#start + offset
    this.#bytes.fill(0, start, start + byteLength)
  }

  /** Claims and copies. */
  bytes(offset: number, source: Uint8Array): void {
    this.claim(offset, source.byteLength)
    this.#bytes.set(source, this.#start + offset)
  }
}

function unsafeInteger(value: number | bigint): ProtocolError {
  return new ProtocolError('ERR_FUSE_UNSAFE_INTEGER', `${value} does not fit a 64-bit word exactly`)
}
