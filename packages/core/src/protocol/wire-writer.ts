// Writes the structs of one reply in place, in the session's shared memory. One writer serves all
// replies of a worker; `reset` moves it. Offsets count from the reply's start, little endian. Rules:
// `claim` a struct's bytes first, since the number writers do not look at the capacity; numbers of 32
// and 64 bits stand at multiples of 4, as in all structs on the wire.

import { UINT64_MAX } from './integer-check.js'
import { ProtocolError } from './protocol-error.js'
import { storeBigUint64, storeInt64 } from './store-integer.js'

/** A reply's bytes; little endian, offsets from its start. */
export class WireWriter {
  /** The whole memory, for encoders that write many numbers: stores into it cost least. */
  readonly int32: Int32Array
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #start = 0
  #end = 0
  #length = 0

  /** Both must cover the same memory, which begins at a multiple of 4. */
  constructor(view: DataView, bytes: Uint8Array) {
    this.int32 = new Int32Array(view.buffer, view.byteOffset, view.byteLength >>> 2)
    this.#view = view
    this.#bytes = bytes
  }

  /** Begins a reply at byte `start` of the memory, a multiple of 4, that may reach up to `capacityEnd`. */
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

  /** Where in `int32` a number stands. */
  int32At(offset: number): number {
    return (this.#start + offset) >>> 2
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(this.#start + offset, value, true)
  }

  u32(offset: number, value: number): void {
    this.int32[(this.#start + offset) >>> 2] = value
  }

  i32(offset: number, value: number): void {
    this.int32[(this.#start + offset) >>> 2] = value
  }

  /** An opaque 64-bit word from its halves. */
  words(offset: number, low: number, high: number): void {
    const at = (this.#start + offset) >>> 2
    this.int32[at] = low
    this.int32[at + 1] = high
  }

  /** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER unless safe and from 0, or a 64-bit bigint */
  u64(offset: number, value: number | bigint): void {
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) || value < 0) throw unsafeInteger(value)
      storeInt64(this.int32, this.int32At(offset), value)
      return
    }
    if (value < 0n || value > UINT64_MAX) throw unsafeInteger(value)
    storeBigUint64(this.int32, this.int32At(offset), value)
  }

  /** A signed safe integer. */
  i64(offset: number, value: number): void {
    if (!Number.isSafeInteger(value)) throw unsafeInteger(value)
    storeInt64(this.int32, this.int32At(offset), value)
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
