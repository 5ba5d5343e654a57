// A device that hands out whatever bytes it is given, and keeps count of what is answered.

import { Errno } from '@fuseloop/core/protocol'
import type { DeviceEndpoint } from '@fuseloop/core/session'

/** Messages that are shorter are no requests, and the kernel sends none. */
const IN_HEADER = 40
const OUT_HEADER = 16
const ERROR_LIMIT = -512
/** FORGET, INTERRUPT, NOTIFY_REPLY and BATCH_FORGET. */
const UNANSWERED: readonly number[] = [2, 36, 41, 42]

export class ScriptedDevice implements DeviceEndpoint {
  /** What a kernel would have to refuse: the daemon's faults. */
  readonly faults: string[] = []
  readonly #pending: Uint8Array[] = []
  /** Answers owed, by unique: a damaged unique may be that of another request. */
  readonly #owed = new Map<bigint, number>()
  #answers = 0
  #ended = false

  put(message: Uint8Array): void {
    this.#pending.push(message)
  }

  /** Requests that were read and have no answer. */
  get owed(): number {
    return [...this.#owed.values()].reduce((sum, count) => sum + count, 0)
  }

  get answers(): number {
    return this.#answers
  }

  /** Messages that nobody has read. */
  get pending(): number {
    return this.#pending.length
  }

  read(target: Uint8Array): number {
    const message = this.#pending.shift()
    if (message === undefined) return this.#ended ? -Errno.ENODEV : -Errno.EAGAIN
    target.set(message)
    if (message.byteLength >= IN_HEADER) this.#note(Buffer.from(message))
    return message.byteLength
  }

  writev(pieces: readonly Uint8Array[]): number {
    const reply = Buffer.concat(pieces)
    const unique = reply.readBigUInt64LE(8)
    // As fs/fuse/dev.c fuse_dev_do_write(): without a unique it is a notification, and of no known kind.
    if (unique === 0n) return -Errno.EINVAL
    const error = reply.readInt32LE(4)
    if (reply.readUInt32LE(0) !== reply.byteLength) this.faults.push(`${unique}: a wrong length`)
    if (error > 0 || error <= ERROR_LIMIT) this.faults.push(`${unique}: the error ${error}`)
    if (error !== 0 && reply.byteLength !== OUT_HEADER)
      this.faults.push(`${unique}: error and body`)
    const owed = this.#owed.get(unique) ?? 0
    // The reader asks for an INTERRUPT once more.
    if (owed === 0 && (unique & 1n) !== 0n && error === -Errno.EAGAIN) return -Errno.ENOENT
    if (owed === 0) this.faults.push(`${unique}: nobody waits for an answer`)
    this.#owed.set(unique, owed - 1)
    this.#answers += 1
    return reply.byteLength
  }

  /** Unmounts, once all is read. */
  end(): void {
    this.#ended = true
  }

  close(): void {
    this.end()
  }

  #note(message: Buffer): void {
    const unique = message.readBigUInt64LE(8)
    if (unique === 0n || UNANSWERED.includes(message.readUInt32LE(4))) return
    this.#owed.set(unique, (this.#owed.get(unique) ?? 0) + 1)
  }
}
