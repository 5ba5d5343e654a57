// A connection's lists, and the ways of a request through them (fs/fuse/fuse_i.h struct fuse_conn).
// One thread, no waiting: whoever would sleep in the kernel gets an event here.

import { Errno } from '../../protocol/index.js'
import { BackgroundQueue } from './background-queue.js'
import { BackingRegistry } from './backing-registry.js'
import {
  type ConnectionDriver,
  type ConnectionEvent,
  type NotificationSink,
  type ReplyBounds,
  SendKind,
} from './connection-driver.js'
import { DeviceHandle, type HandleOwner } from './device-handle.js'
import { type InitLimits, type Negotiated, readInitReply } from './init-reply.js'
import { KernelRequest } from './kernel-request.js'
import { checkNotification, NotifyCode } from './notification-frame.js'
import { PendingQueue } from './pending-queue.js'

/** FUSE_MIN_READ_BUFFER. */
const LEAST_BUFFER = 8192
/** fuse_in_header and fuse_write_in. */
const WRITE_HEADERS = 80
const NO_BYTES = new Uint8Array(0)
const INIT_BOUNDS: ReplyBounds = { least: 0, most: 64 }

/** Limits of the kernel. */
export interface FuseConnectionOptions {
  readonly onEvent?: (event: ConnectionEvent) => void
  readonly notify?: NotificationSink
  /** sysctl fs.fuse.max_pages_limit; 256 if absent. */
  readonly maxPagesLimit?: number
}

export interface ConnectionMountOptions {
  /** The mount option `default_permissions`; false if absent. */
  readonly defaultPermissions?: boolean
}

/** The kernel's side of one mount: its lists of requests. */
export class FuseConnection implements ConnectionDriver, HandleOwner {
  onEvent: (event: ConnectionEvent) => void
  notificationSink: NotificationSink
  #limits: InitLimits
  readonly #pending = new PendingQueue()
  readonly #background = new BackgroundQueue()
  readonly backings: BackingRegistry = new BackingRegistry()
  readonly #handles = new Set<DeviceHandle>()
  /** Not finished, by token. */
  readonly #requests = new Map<number, KernelRequest>()
  /** Sent before INIT was answered, in order. */
  #beforeInit: KernelRequest[] = []
  #initToken = 0
  #lastToken = 0
  #lastHandle = 0
  #negotiated: Negotiated | undefined
  #state: 'initializing' | 'serving' | 'refused' | 'ended' = 'initializing'
  #takesInterrupts = true
  #wasAborted = false

  constructor(options: FuseConnectionOptions = {}) {
    this.onEvent = options.onEvent ?? (() => undefined)
    this.notificationSink = options.notify ?? (() => 0)
    this.#limits = { maxPagesLimit: options.maxPagesLimit ?? 256, defaultPermissions: false }
  }

  /** As open(2) of /dev/fuse: belongs to no connection before `mount`, or CLONE. */
  openDevice(): DeviceHandle {
    this.#lastHandle += 1
    return new DeviceHandle(this.#lastHandle)
  }

  /** As mount(2) with fd=: INIT is queued, the first of all. @returns 0 or a negative errno */
  mount(handle: DeviceHandle, init: Uint8Array, options: ConnectionMountOptions = {}): number {
    const refusal = handle.attach(this)
    if (refusal !== 0) return refusal
    this.#limits = { ...this.#limits, ...options }
    const request = this.#add(init, SendKind.BACKGROUND, INIT_BOUNDS)
    this.#initToken = request.token
    this.#queueBackground(request)
    return 0
  }

  /** undefined before INIT is answered. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated
  }

  /** From this many background requests on the kernel leaves out asynchronous read-ahead. */
  get isCongested(): boolean {
    return this.#background.size >= (this.#negotiated?.congestionThreshold ?? 9)
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Requests of all handles that are read and not answered. */
  get unanswered(): number {
    return [...this.#handles].reduce((sum, handle) => sum + handle.unanswered, 0)
  }

  send(message: Uint8Array, kind: SendKind, bounds: ReplyBounds): number {
    const request = this.#add(message, kind, bounds)
    const { token } = request
    if (this.#state === 'ended') this.end(request, -Errno.ENOTCONN)
    else if (this.#state === 'refused') this.end(request, -Errno.ECONNREFUSED)
    else if (this.#state === 'initializing' && kind !== SendKind.FORCED)
      this.#beforeInit.push(request)
    else this.#dispatch(request)
    return token
  }

  forget(nodeid: bigint, nlookup: bigint): void {
    if (this.#state === 'ended') return
    this.#pending.pushForget({ nodeid, nlookup })
    this.#wake()
  }

  signal(token: number): void {
    const request = this.#requests.get(token)
    if (request === undefined || !this.#takesInterrupts) return
    request.isInterrupted = true
    if (request.state === 'sent') this.queueInterrupt(request)
  }

  kill(token: number): boolean {
    this.signal(token)
    const request = this.#requests.get(token)
    if (request === undefined || request.state === 'sent' || request.kind === SendKind.FORCED)
      return false
    this.#beforeInit = this.#beforeInit.filter((other) => other !== request)
    this.#background.remove(request)
    this.#pending.remove(request)
    this.end(request, -Errno.EINTR)
    return true
  }

  unmount(): void {
    this.#finish()
  }

  abort(): void {
    if (this.#negotiated?.abortError === true) this.#wasAborted = true
    this.#finish()
  }

  /** Ends a request that was read, as an abort at this moment would: its reply gets ENOENT. A fault, for tests. */
  drop(token: number): void {
    const request = this.#requests.get(token)
    if (request?.state !== 'sent') return
    request.reader?.dropProcessing(request)
    this.end(request, -Errno.ECONNABORTED)
  }

  // What follows is HandleOwner.

  get passesThrough(): boolean {
    return this.#negotiated?.passthrough === true
  }

  addHandle(handle: DeviceHandle): void {
    this.#handles.add(handle)
  }

  removeHandle(handle: DeviceHandle): void {
    for (const request of handle.takeProcessing()) this.end(request, -Errno.ECONNABORTED)
    this.#handles.delete(handle)
    if (this.#handles.size === 0) this.#finish()
  }

  get leastBuffer(): number {
    return Math.max(LEAST_BUFFER, WRITE_HEADERS + (this.#negotiated?.maxWrite ?? 0))
  }

  get isIdle(): boolean {
    return this.#pending.isEmpty
  }

  get readErrorAtEnd(): number {
    return this.#wasAborted ? -Errno.ECONNABORTED : -Errno.ENODEV
  }

  emit(event: ConnectionEvent): void {
    this.onEvent(event)
  }

  takeMessage(room: number): Uint8Array | undefined {
    return this.#pending.takeMessage(room, this.#negotiated?.minor ?? 0)
  }

  takeRequest(): KernelRequest | undefined {
    return this.#pending.takeRequest()
  }

  queueInterrupt(request: KernelRequest): void {
    if (!this.#takesInterrupts) return
    this.#pending.pushInterrupt(request)
    this.#wake()
  }

  answerInterrupt(request: KernelRequest, error: number): number {
    if (error === -Errno.ENOSYS) this.#takesInterrupts = false
    if (error !== -Errno.EAGAIN) return 0
    if (!request.isInterrupted) return -Errno.EINVAL
    this.queueInterrupt(request)
    return 0
  }

  end(request: KernelRequest, error: number, body: Uint8Array = NO_BYTES): void {
    request.state = 'finished'
    this.#requests.delete(request.token)
    this.#pending.dropInterrupt(request)
    this.#background.finished(request)
    if (request.token === this.#initToken) this.#initAnswered(error, body)
    if (request.expectsReply) {
      const given = error === 0 ? Uint8Array.from(body) : NO_BYTES
      this.emit({ kind: 'settled', token: request.token, error, body: given })
    }
    this.#flushBackground()
  }

  notify(code: number, body: Uint8Array): number {
    let result = checkNotification(code, body)
    if (result === 0 && code === NotifyCode.RESEND) this.#resend()
    else if (result === 0) result = this.notificationSink(code, body)
    this.emit({ kind: 'notified', code, body: Uint8Array.from(body), result })
    return result
  }

  #add(message: Uint8Array, kind: SendKind, bounds: ReplyBounds): KernelRequest {
    this.#lastToken += 1
    const request = new KernelRequest(this.#lastToken, message, kind, bounds)
    this.#requests.set(request.token, request)
    return request
  }

  #dispatch(request: KernelRequest): void {
    if (request.kind === SendKind.BACKGROUND) this.#queueBackground(request)
    else this.#queue(request)
  }

  #queueBackground(request: KernelRequest): void {
    this.#background.push(request)
    this.#flushBackground()
  }

  #flushBackground(): void {
    for (;;) {
      const request = this.#background.take()
      if (request === undefined) return
      this.#queue(request)
    }
  }

  #queue(request: KernelRequest): void {
    // NOTIFY_REPLY goes by the daemon's own unique.
    if (request.expectsReply) request.unique = this.#pending.nextUnique()
    this.#pending.push(request)
    this.emit({ kind: 'queued', token: request.token, unique: request.unique })
    this.#wake()
  }

  #initAnswered(error: number, body: Uint8Array): void {
    if (this.#state !== 'initializing') return
    this.#negotiated = error === 0 ? readInitReply(body, this.#limits) : undefined
    this.#state = this.#negotiated === undefined ? 'refused' : 'serving'
    this.#background.limit = this.#negotiated?.maxBackground ?? this.#background.limit
    const waiting = this.#beforeInit
    this.#beforeInit = []
    for (const request of waiting) {
      if (this.#state === 'refused') this.end(request, -Errno.ECONNREFUSED)
      else this.#dispatch(request)
    }
  }

  #resend(): void {
    const requests = [...this.#handles].flatMap((handle) => handle.takeProcessing())
    requests.sort((one, other) => (one.token < other.token ? -1 : 1))
    for (const request of requests) request.markResent()
    this.#pending.pushBack(requests)
    if (requests.length > 0) this.#wake()
  }

  #finish(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    const blocked = this.#beforeInit
    this.#beforeInit = []
    // They have not entered the lists yet (fs/fuse/dev.c fuse_get_req()).
    for (const request of blocked) this.end(request, -Errno.ENOTCONN)
    const requests = [
      ...this.#background.clear(),
      ...this.#pending.clear(),
      ...[...this.#handles].flatMap((handle) => handle.takeProcessing()),
    ]
    for (const request of requests) this.end(request, -Errno.ECONNABORTED)
    this.emit({ kind: 'ended', aborted: this.#wasAborted })
    this.#wake()
  }

  #wake(): void {
    for (const handle of this.#handles) handle.onReadable()
  }
}
