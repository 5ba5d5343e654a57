// Reads the numbers and names of one request in place, in the session's shared memory. One reader
// serves all requests of a worker; `reset` moves it. Offsets count from the message's start, little
// endian. Rule: `require` the struct's length first, since a read past the message meets other
// bytes, not an error.

import { ProtocolError } from './protocol-error.js'

const NUL = 0
const SLASH = 0x2f
/** Upper half of 2^53 - 1. */
const SAFE_HIGH = 0x1f_ffff
const TWO_32 = 0x1_0000_0000

/** A request's bytes; little endian, offsets from its start. */
export class WireReader {
  /** The whole memory; ranges that decoders return index into it. */
  readonly bytes: Uint8Array
  readonly #view: DataView
  #start = 0
  #end = 0
  /** Range in `bytes` of the string that `name` or `path` read last, without its NUL. */
  nameStart = 0
  /** Behind that string's last byte. */
  nameEnd = 0

  /** Both must cover the same memory. */
  constructor(view: DataView, bytes: Uint8Array) {
    this.#view = view
    this.bytes = bytes
  }

  /** Points the reader at the message in bytes `start` to `end` of the memory. */
  reset(start: number, end: number): void {
    this.#start = start
    this.#end = end
  }

  /** The message's range in `bytes`. */
  get start(): number {
    return this.#start
  }

  /** Behind the message's last byte in `bytes`. */
  get end(): number {
    return this.#end
  }

  /** Bytes of the message. */
  get length(): number {
    return this.#end - this.#start
  }

  /** @throws ProtocolError ERR_FUSE_SHORT_READ unless the message has this many bytes */
  require(byteLength: number): void {
    if (this.#end - this.#start < byteLength) throw this.#shortRead(byteLength)
  }

  u16(offset: number): number {
    return this.#view.getUint16(this.#start + offset, true)
  }

  u32(offset: number): number {
    return this.#view.getUint32(this.#start + offset, true)
  }

  i32(offset: number): number {
    return this.#view.getInt32(this.#start + offset, true)
  }

  /** Lower half of an opaque 64-bit word. */
  low32(offset: number): number {
    return this.#view.getUint32(this.#start + offset, true)
  }

  /** Upper half of the same. */
  high32(offset: number): number {
    return this.#view.getUint32(this.#start + offset + 4, true)
  }

  /** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER above 2^53-1 */
  u64Safe(offset: number): number {
    const high = this.#view.getUint32(this.#start + offset + 4, true)
    if (high > SAFE_HIGH) throw unsafeInteger(offset)
    return high * TWO_32 + this.#view.getUint32(this.#start + offset, true)
  }

  /** All 64 bits: a number up to 2^53-1, a bigint above. */
  u64(offset: number): number | bigint {
    const high = this.#view.getUint32(this.#start + offset + 4, true)
    if (high > SAFE_HIGH) return this.#view.getBigUint64(this.#start + offset, true)
    return high * TWO_32 + this.#view.getUint32(this.#start + offset, true)
  }

  /** As `u64Safe`, but undefined beyond 2^53-1. */
  u64OrUndefined(offset: number): number | undefined {
    const high = this.#view.getUint32(this.#start + offset + 4, true)
    if (high > SAFE_HIGH) return undefined
    return high * TWO_32 + this.#view.getUint32(this.#start + offset, true)
  }

  /** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER beyond 2^53-1 on either side of zero */
  i64Safe(offset: number): number {
    const high = this.#view.getInt32(this.#start + offset + 4, true)
    const value = high * TWO_32 + this.#view.getUint32(this.#start + offset, true)
    if (!Number.isSafeInteger(value)) throw unsafeInteger(offset)
    return value
  }

  /**
   * Sets nameStart and nameEnd to the file name at `offset` and returns the offset behind its NUL.
   * @throws ProtocolError ERR_FUSE_SHORT_READ without a NUL, ERR_FUSE_BAD_NAME if empty or with '/'
   */
  name(offset: number): number {
    const next = this.path(offset)
    const bytes = this.bytes
    for (let index = this.nameStart; index < this.nameEnd; index++) {
      if (bytes[index] === SLASH) throw new ProtocolError('ERR_FUSE_BAD_NAME', "a name holds '/'")
    }
    return next
  }

  /** As `name`, for strings in which '/' may occur: symlink targets. */
  path(offset: number): number {
    const bytes = this.bytes
    const start = this.#start + offset
    const end = this.#end
    let index = start
    while (index < end && bytes[index] !== NUL) index++
    if (index >= end) throw this.#shortRead(this.length + 1)
    if (index === start) throw new ProtocolError('ERR_FUSE_BAD_NAME', 'a name is empty')
    this.nameStart = start
    this.nameEnd = index
    return index + 1 - this.#start
  }

  #shortRead(wanted: number): ProtocolError {
    return new ProtocolError(
      'ERR_FUSE_SHORT_READ',
      `a message of ${this.length} bytes ends early: at least ${wanted} are needed`,
    )
  }
}

function unsafeInteger(offset: number): ProtocolError {
  return new ProtocolError(
    'ERR_FUSE_UNSAFE_INTEGER',
    `the 64-bit number at byte ${offset} of a message does not fit a JavaScript number`,
  )
}
