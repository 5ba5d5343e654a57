// Writes replies to the device, each unique once: the twin of the native device/reply-writer.cpp.

import type { SlotIndex, Unique } from '../base/ids.js'
import { Errno } from '../protocol/index.js'
import { ControlPage, type RequestRing, SlotHeader } from '../ring/index.js'
import type { DeviceEndpoint, InFlightRequests } from '../session/index.js'
import type { OwnRequests } from './own-requests.js'

const OUT_HEADER = 16

export class RingReplies {
  readonly #ring: RequestRing
  readonly #endpoint: DeviceEndpoint
  readonly #requests: InFlightRequests
  readonly #own: OwnRequests | undefined

  /** @param own whose answers do not go to the device */
  constructor(
    ring: RequestRing,
    endpoint: DeviceEndpoint,
    requests: InFlightRequests,
    own?: OwnRequests,
  ) {
    this.#own = own
    this.#ring = ring
    this.#endpoint = endpoint
    this.#requests = requests
  }

  /**
   * Answers from the words of the slot's header; `external` stands in place of its payload.
   * @returns 0 or the negative errno of the refusal; of a slot that was answered before, -EINTR when its client was
   * interrupted, else -ETIMEDOUT
   */
  answer(slot: SlotIndex, external: Uint8Array | undefined): number {
    const offset = this.#ring.slotOffset(slot)
    const word = (field: number): number => this.#ring.view.getInt32(offset + field, true)
    const unique = this.#ring.takeUnique(slot)
    if (unique === 0n) {
      this.count(ControlPage.lateReplies)
      this.#requests.end(slot)
      return word(SlotHeader.interrupted) === 0 ? -Errno.ETIMEDOUT : -Errno.EINTR
    }
    const result = this.#answerFrom(slot, unique, external)
    this.#requests.end(slot)
    return result
  }

  #answerFrom(slot: SlotIndex, unique: Unique, external: Uint8Array | undefined): number {
    const offset = this.#ring.slotOffset(slot)
    const word = (field: number): number => this.#ring.view.getInt32(offset + field, true)
    const error = word(SlotHeader.error)
    if (error !== 0) return this.#send(unique, error, [])
    const { bytes } = this.#ring
    const body = offset + SlotHeader.body
    const payload = offset + SlotHeader.payload
    return this.#send(unique, 0, [
      bytes.subarray(body, body + word(SlotHeader.bodyLength)),
      external ?? bytes.subarray(payload, payload + word(SlotHeader.payloadLength)),
    ])
  }

  answerError(slot: SlotIndex, error: number): void {
    const unique = this.#ring.takeUnique(slot)
    if (unique === 0n) return
    this.answerUnique(unique, error)
    this.#requests.end(slot)
  }

  /** Its answer will come from elsewhere, by its unique. */
  handOver(slot: SlotIndex): void {
    this.#ring.takeUnique(slot)
    this.#requests.end(slot)
  }

  /** By one who took the slot's unique without holding the slot. */
  answerTaken(slot: SlotIndex, unique: Unique, error: number): void {
    this.answerUnique(unique, error)
    this.#requests.endUnique(slot, unique)
  }

  /** @returns 0 or the negative errno of the refusal */
  answerUnique(unique: Unique, error: number): number {
    return this.#send(unique, error, [])
  }

  /** Asks the kernel to say an INTERRUPT once more, by that message's own unique. */
  requestAgain(interrupt: Unique): void {
    // Refused when the request has been answered; that is no refusal of an answer.
    this.#endpoint.writev([outHeader(OUT_HEADER, -Errno.EAGAIN, interrupt)])
  }

  /** Raises a 64-bit counter of the control page. */
  count(counter: number, by = 1): void {
    const { view } = this.#ring
    view.setBigUint64(counter, view.getBigUint64(counter, true) + BigInt(by), true)
  }

  #send(unique: Unique, error: number, body: readonly Uint8Array[]): number {
    if (this.#own?.isOwn(unique)) {
      this.#own.settle(unique, error)
      return 0
    }
    const length = body.reduce((sum, piece) => sum + piece.byteLength, OUT_HEADER)
    const header = outHeader(length, error, unique)
    const count = this.#endpoint.writev([header, ...body])
    if (count === -Errno.ENOENT) this.count(ControlPage.refusedReplies)
    return Math.min(0, count)
  }
}

function outHeader(length: number, error: number, unique: Unique): Buffer {
  const header = Buffer.alloc(OUT_HEADER)
  header.writeUInt32LE(length, 0)
  header.writeInt32LE(error, 4)
  header.writeBigUInt64LE(unique, 8)
  return header
}
