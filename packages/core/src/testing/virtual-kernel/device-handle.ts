// One open handle of /dev/fuse: reads what is pending, answers what it has read (fs/fuse/dev.c
// fuse_dev_do_read(), fuse_dev_do_write(), fuse_dev_poll(), fuse_dev_release(); struct fuse_dev).

import type { Unique } from '../../base/ids.js'
import { Errno } from '../../protocol/index.js'
import type { DeviceEndpoint } from '../../session/index.js'
import type { BackingRegistry } from './backing-registry.js'
import type { ConnectionEvent } from './connection-driver.js'
import type { KernelRequest, ProcessingList } from './kernel-request.js'

const OUT_HEADER = 16
/** FUSE_INT_REQ_BIT: the reply is to an INTERRUPT. */
const INTERRUPT_BIT = 1n
/** Errors end here: `oh.error <= -512 || oh.error > 0` is refused. */
const ERROR_LIMIT = -512
const OPCODE_SETXATTR = 21
/** FUSE_DEV_IOC_CLONE. */
export const IOCTL_CLONE = 0x8004e500
/** FUSE_DEV_IOC_BACKING_OPEN. */
export const IOCTL_BACKING_OPEN = 0x4010e501
/** FUSE_DEV_IOC_BACKING_CLOSE. */
export const IOCTL_BACKING_CLOSE = 0x4004e502

/** What poll(2) would say. */
export interface PollState {
  readonly readable: boolean
  readonly writable: boolean
  /** Not attached, or the connection has ended. */
  readonly error: boolean
}

/** The connection as its handles see it. */
export interface HandleOwner {
  readonly isEnded: boolean
  /** Nothing is pending. */
  readonly isIdle: boolean
  /** What a read gets after the end. */
  readonly readErrorAtEnd: number
  /** Bytes that a read must have room for. */
  readonly leastBuffer: number
  /** Whether INIT has settled passthrough. */
  readonly passesThrough: boolean
  readonly backings: BackingRegistry
  addHandle(handle: DeviceHandle): void
  /** Ends what the handle had read. */
  removeHandle(handle: DeviceHandle): void
  /** INTERRUPT or FORGET, when it is their turn. */
  takeMessage(room: number): Uint8Array | undefined
  takeRequest(): KernelRequest | undefined
  /** The request is over for its sender; `body` is that of a reply without error. */
  end(request: KernelRequest, error: number, body?: Uint8Array): void
  queueInterrupt(request: KernelRequest): void
  /** A reply to the INTERRUPT of a request that is not answered itself. */
  answerInterrupt(request: KernelRequest, error: number): number
  notify(code: number, body: Uint8Array): number
  emit(event: ConnectionEvent): void
}

interface OutHeader {
  readonly length: number
  readonly error: number
  readonly unique: Unique
}

/** One open /dev/fuse. */
export class DeviceHandle implements DeviceEndpoint, ProcessingList {
  /** Tells handles apart in events, from 1. */
  readonly id: number
  /** Called when there is something to read, or the connection has ended; not from within `read`. */
  onReadable: () => void = () => undefined
  #connection: HandleOwner | undefined
  #isClosed = false
  /** Read and not answered, by unique: no other handle can answer them. */
  readonly #processing = new Map<Unique, KernelRequest>()

  constructor(id: number) {
    this.id = id
  }

  get connection(): HandleOwner | undefined {
    return this.#connection
  }

  /** Requests that this handle has read and not answered. */
  get unanswered(): number {
    return this.#processing.size
  }

  /** @returns -EINVAL for a handle that has a connection */
  attach(connection: HandleOwner): number {
    if (this.#connection !== undefined || this.#isClosed) return -Errno.EINVAL
    this.#connection = connection
    connection.addHandle(this)
    return 0
  }

  read(target: Uint8Array): number {
    const connection = this.#connection
    if (this.#isClosed) return -Errno.EBADF
    if (connection === undefined) return -Errno.EPERM
    if (target.byteLength < connection.leastBuffer) return -Errno.EINVAL
    if (connection.isEnded) return connection.readErrorAtEnd
    for (;;) {
      const message = connection.takeMessage(target.byteLength)
      if (message !== undefined) return this.#give(target, message, 0)
      const request = connection.takeRequest()
      if (request === undefined) return -Errno.EAGAIN
      if (request.message.byteLength <= target.byteLength) return this.#send(target, request)
      // One that is too large fails alone, and the next is tried.
      connection.end(request, request.opcode === OPCODE_SETXATTR ? -Errno.E2BIG : -Errno.EIO)
    }
  }

  writev(pieces: readonly Uint8Array[]): number {
    if (this.#isClosed) return -Errno.EBADF
    const connection = this.#connection
    if (connection === undefined) return -Errno.EPERM
    const bytes = Buffer.concat(pieces)
    if (bytes.byteLength < OUT_HEADER) return -Errno.EINVAL
    const header = {
      length: bytes.readUInt32LE(0),
      error: bytes.readInt32LE(4),
      unique: bytes.readBigUInt64LE(8),
    }
    const body = bytes.subarray(OUT_HEADER)
    if (header.unique === 0n && header.length === bytes.byteLength) {
      return connection.notify(header.error, body) || bytes.byteLength
    }
    const request = this.#processing.get(header.unique & ~INTERRUPT_BIT)
    const result = this.#answer(connection, header, body, request) || bytes.byteLength
    connection.emit({
      kind: 'written',
      handle: this.id,
      token: request?.token ?? 0,
      unique: header.unique,
      error: header.error,
      byteLength: bytes.byteLength,
      result,
    })
    // After the event: what the sender does next comes later in the trace.
    const isConsumed = request !== undefined && !this.#processing.has(request.unique)
    if (isConsumed) connection.end(request, result < 0 ? -Errno.EIO : header.error, body)
    return result
  }

  poll(): PollState {
    const connection = this.#connection
    if (connection === undefined || connection.isEnded)
      return { readable: false, writable: false, error: true }
    return { readable: !connection.isIdle, writable: true, error: false }
  }

  /**
   * CLONE with the handle whose connection this fresh one joins; BACKING_OPEN with a descriptor of the daemon's;
   * BACKING_CLOSE with a backing id.
   */
  ioctl(request: number, argument: unknown): number {
    if (request === IOCTL_BACKING_OPEN || request === IOCTL_BACKING_CLOSE)
      return this.#ioctlOfBacking(request, argument as number)
    if (request !== IOCTL_CLONE) return -Errno.ENOTTY
    if (!(argument instanceof DeviceHandle)) return -Errno.EINVAL
    const connection = argument.connection
    return connection === undefined ? -Errno.EPERM : this.attach(connection)
  }

  /** What it has read ends with ECONNABORTED; the last one to close ends the connection. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#connection?.removeHandle(this)
  }

  /** Takes the requests that this handle was to answer, the oldest first. */
  takeProcessing(): KernelRequest[] {
    const requests = [...this.#processing.values()]
    this.#processing.clear()
    for (const request of requests) request.reader = undefined
    return requests
  }

  dropProcessing(request: KernelRequest): void {
    this.#processing.delete(request.unique)
    request.reader = undefined
  }

  #ioctlOfBacking(request: number, argument: number): number {
    const connection = this.#connection
    if (this.#isClosed) return -Errno.EBADF
    if (connection?.passesThrough !== true) return -Errno.EPERM
    return request === IOCTL_BACKING_OPEN
      ? connection.backings.open(argument)
      : connection.backings.close(argument)
  }

  /** 0 when the write is taken, else a negative errno; the request is consumed if it is not found afterwards. */
  #answer(
    connection: HandleOwner,
    { length, error, unique }: OutHeader,
    body: Uint8Array,
    request: KernelRequest | undefined,
  ): number {
    if (length !== OUT_HEADER + body.byteLength) return -Errno.EINVAL
    if (error > 0 || error <= ERROR_LIMIT) return -Errno.EINVAL
    if (request === undefined) return -Errno.ENOENT
    if ((unique & INTERRUPT_BIT) !== 0n)
      return body.byteLength > 0 ? -Errno.EINVAL : connection.answerInterrupt(request, error)
    this.dropProcessing(request)
    const { least, most } = error === 0 ? request.bounds : { least: 0, most: 0 }
    return body.byteLength < least || body.byteLength > most ? -Errno.EINVAL : 0
  }

  #send(target: Uint8Array, request: KernelRequest): number {
    const connection = this.#connection as HandleOwner
    if (!request.expectsReply) {
      connection.end(request, 0)
      return this.#give(target, request.message, request.token)
    }
    request.state = 'sent'
    request.reader = this
    this.#processing.set(request.unique, request)
    const count = this.#give(target, request.message, request.token)
    if (request.isInterrupted) connection.queueInterrupt(request)
    return count
  }

  #give(target: Uint8Array, message: Uint8Array, token: number): number {
    target.set(message)
    this.#connection?.emit({
      kind: 'read',
      handle: this.id,
      token,
      message: Uint8Array.from(message),
    })
    return message.byteLength
  }
}
