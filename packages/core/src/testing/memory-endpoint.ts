// A FUSE connection without a kernel: messages put in by `send` are read by the daemon's side, whose replies
// settle them. It refuses what the kernel refuses (fs/fuse/dev.c fuse_dev_do_read(), fuse_dev_do_write()).

import { Errno } from '../protocol/index.js'
import type { DeviceEndpoint } from '../session/index.js'
import { Reply } from './reply.js'
import { isReplySize } from './reply-size.js'
import { uniqueOf } from './request-builder.js'

const OUT_HEADER = 16
/** FUSE_MIN_READ_BUFFER. */
const LEAST_BUFFER = 8192
/** fuse_in_header and fuse_write_in. */
const WRITE_HEADERS = 80
/** Errors end here: `oh.error <= -512 || oh.error > 0` is refused. */
const ERROR_LIMIT = -512

interface SentRequest {
  readonly message: Uint8Array
  readonly settle: (reply: Reply) => void
}

export interface MemoryEndpointOptions {
  /** As negotiated; 4096 if absent. */
  readonly maxWrite?: number
  /** Called when there is something to read, or the connection has ended. */
  readonly onReadable?: () => void
}

export class MemoryEndpoint implements DeviceEndpoint {
  readonly #leastBuffer: number
  readonly #onReadable: () => void
  /** Not read yet, in the order sent; entries without `settle` get no reply. */
  #pending: (SentRequest | Uint8Array)[] = []
  /** Read and not answered, by unique. */
  readonly #processing = new Map<bigint, SentRequest>()
  #ended = false

  constructor(options: MemoryEndpointOptions = {}) {
    this.#leastBuffer = Math.max(LEAST_BUFFER, WRITE_HEADERS + (options.maxWrite ?? 4096))
    this.#onReadable = options.onReadable ?? (() => undefined)
  }

  /** Queues a request; resolves with its reply, or ECONNABORTED if the connection ends before. */
  send(message: Uint8Array): Promise<Reply> {
    if (this.#ended) return Promise.resolve(failure(Errno.ENOTCONN))
    return new Promise((settle) => {
      this.#pending.push({ message, settle })
      this.#onReadable()
    })
  }

  /** Queues what is never answered: FORGET, BATCH_FORGET, INTERRUPT. */
  sendNoReply(message: Uint8Array): void {
    if (this.#ended) return
    this.#pending.push(message)
    this.#onReadable()
  }

  /** Requests that are read and not answered. */
  get unanswered(): number {
    return this.#processing.size
  }

  /** Forgets a request that was read, as for a client that is gone: its reply gets ENOENT. */
  drop(unique: bigint): void {
    const request = this.#processing.get(unique)
    this.#processing.delete(unique)
    request?.settle(failure(Errno.EINTR))
  }

  read(target: Uint8Array): number {
    if (this.#ended) return -Errno.ENODEV
    if (target.byteLength < this.#leastBuffer) return -Errno.EINVAL
    for (;;) {
      const next = this.#pending.shift()
      if (next === undefined) return -Errno.EAGAIN
      const message = next instanceof Uint8Array ? next : next.message
      if (message.byteLength <= target.byteLength) {
        target.set(message)
        if (!(next instanceof Uint8Array)) this.#processing.set(uniqueOf(message), next)
        return message.byteLength
      }
      // One that is too large fails alone, and the next is tried.
      if (!(next instanceof Uint8Array)) next.settle(failure(Errno.EIO))
    }
  }

  writev(pieces: readonly Uint8Array[]): number {
    const reply = Buffer.concat(pieces)
    if (reply.byteLength < OUT_HEADER || reply.readUInt32LE(0) !== reply.byteLength)
      return -Errno.EINVAL
    const error = reply.readInt32LE(4)
    const unique = reply.readBigUInt64LE(8)
    // Unique 0 is a notification; none is known here.
    if (unique === 0n || error > 0 || error <= ERROR_LIMIT) return -Errno.EINVAL
    const request = this.#processing.get(unique)
    if (request === undefined) return -Errno.ENOENT
    this.#processing.delete(unique)
    const bodyLength = reply.byteLength - OUT_HEADER
    if (error === 0 ? !isReplySize(request.message, bodyLength) : bodyLength > 0) {
      request.settle(failure(Errno.EIO))
      return -Errno.EINVAL
    }
    request.settle(new Reply(error, reply.subarray(OUT_HEADER)))
    return reply.byteLength
  }

  /** The filesystem is unmounted. */
  unmount(): void {
    this.#end()
  }

  /** As the file `abort` of the connection in fusectl. */
  abort(): void {
    this.#end()
  }

  /** The daemon closes its device: the kernel aborts the connection. */
  close(): void {
    this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    const waiting = [...this.#pending, ...this.#processing.values()]
    this.#pending = []
    this.#processing.clear()
    for (const request of waiting) {
      if (!(request instanceof Uint8Array)) request.settle(failure(Errno.ECONNABORTED))
    }
    this.#onReadable()
  }
}

function failure(errno: number): Reply {
  return new Reply(-errno, Buffer.alloc(0))
}
