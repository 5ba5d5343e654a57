// The kernel's side of a connection as tests use it: requests as promises, FORGET and signals, INIT of any
// minor and flags, notifications with their effects, and the daemon's contract checked all along.

import type { KernelHandle, Nodeid, Unique } from '../../base/ids.js'
import { Errno } from '../../protocol/index.js'
import { type ConnectionDriver, type ConnectionEvent, SendKind } from './connection-driver.js'
import {
  ContractChecks,
  ContractError,
  type DaemonProbe,
  type Violation,
} from './contract-checks.js'
import { InodeCache, type OpenedFile } from './inode-cache.js'
import { destroyMessage } from './kernel-messages.js'
import { applyNotification } from './notifications.js'
import { Reply } from './reply.js'
import { replyBounds } from './reply-bounds.js'
import { applyReply } from './reply-effects.js'
import { RequestBuilder, uniqueOf } from './request-builder.js'

/** A request that was sent: known to the lists by its token, to the daemon by its unique. */
export interface SentRequest {
  /** Its number on the connection, from 1. */
  readonly token: number
  /** 0n until it is queued: INIT, or max_background, may hold it up. Changes when it is resent. */
  readonly unique: Unique
  /** Never rejects: what fails is a reply with an error. */
  readonly reply: Promise<Reply>
}

/** What the kernel knows of the daemon, and whom it tells. */
export interface VirtualKernelOptions {
  readonly probe?: DaemonProbe
  /** NOTIFY_POLL came for this kh. */
  readonly onPoll?: (kh: KernelHandle) => void
}

class Sent implements SentRequest {
  readonly token: number
  unique = 0n
  readonly message: Uint8Array
  readonly reply: Promise<Reply>
  settle: (reply: Reply) => void = () => undefined

  constructor(token: number, message: Uint8Array) {
    this.token = token
    this.message = message
    this.reply = new Promise((resolve) => {
      this.settle = resolve
    })
  }
}

/** The kernel's side: promises of replies, caches, notifications and checks. */
export class VirtualKernel {
  /** Makes messages for `send`; their uniques are given when they are queued. */
  readonly request: RequestBuilder = new RequestBuilder()
  readonly cache: InodeCache = new InodeCache()
  readonly #driver: ConnectionDriver
  readonly #checks: ContractChecks
  readonly #onPoll: (kh: KernelHandle) => void
  readonly #sent = new Map<number, Sent>()
  /** Events that come before the driver's `send` has returned the token that they name. */
  #early: ConnectionEvent[] | undefined

  constructor(driver: ConnectionDriver, options: VirtualKernelOptions = {}) {
    this.#driver = driver
    this.#checks = new ContractChecks(options.probe)
    this.#onPoll = options.onPoll ?? (() => undefined)
  }

  /** request_send: the sender waits for its answer. */
  requestSend(message: Uint8Array): SentRequest {
    return this.#send(message, SendKind.FOREGROUND)
  }

  /** request_send_nonblock: in the background, limited by max_background. */
  requestSendNonblock(message: Uint8Array): SentRequest {
    return this.#send(message, SendKind.BACKGROUND)
  }

  /** request_send_noreply: FORGET; several that wait are read as one BATCH_FORGET. */
  requestSendNoReply(nodeid: Nodeid | bigint, nlookup: number | bigint): void {
    this.cache.forget(BigInt(nodeid), BigInt(nlookup))
    this.#driver.forget(BigInt(nodeid), BigInt(nlookup))
  }

  /** The reply to a request of the foreground. */
  send(message: Uint8Array): Promise<Reply> {
    return this.requestSend(message).reply
  }

  /** A signal for the client that waits: INTERRUPT. */
  signal(sent: SentRequest): void {
    this.#driver.signal(sent.token)
  }

  /** A fatal signal: true when the daemon will never see the request. */
  kill(sent: SentRequest): boolean {
    return this.#driver.kill(sent.token)
  }

  /** The request that waits under a unique. @throws when there is none */
  find(unique: Unique): SentRequest {
    for (const sent of this.#sent.values()) if (sent.unique === unique) return sent
    throw new Error(`no request waits under unique ${unique}`)
  }

  /** Requests without an answer. */
  get waiting(): number {
    return this.#sent.size
  }

  get violations(): readonly Violation[] {
    return this.#checks.violations
  }

  /** The last lines of what happened. */
  trace(most = 60): string[] {
    return this.#checks.trace.lines(most)
  }

  /** DESTROY, as only block-device mounts send it; then `unmount`. */
  destroy(): SentRequest {
    return this.#send(destroyMessage(), SendKind.FORCED)
  }

  unmount(): void {
    this.#driver.unmount()
  }

  abort(): void {
    this.#driver.abort()
  }

  /** RELEASE and RELEASEDIR of all that is open, as the end of every client would bring. */
  async releaseAll(): Promise<void> {
    const releases = this.cache.openedFiles.map(({ nodeid, fh, isDirectory, flags }) =>
      isDirectory
        ? this.request.releasedir(nodeid, fh, flags)
        : this.request.release(nodeid, fh, flags),
    )
    await Promise.all(releases.map((message) => this.send(message)))
  }

  /**
   * Throws what the daemon has done wrong so far. Call it when nothing is going on: a request that is neither
   * answered nor worked at is lost then.
   * @param released all files are closed (`releaseAll`): handles that are still open have leaked
   * @throws ContractError with the trace that led to the breach
   */
  verify(options: { readonly released?: boolean } = {}): void {
    this.#checks.checkQuiet(this.cache)
    if (options.released === true) this.#checks.checkReleased()
    if (this.violations.length > 0) throw new ContractError(this.violations)
  }

  /** For whoever owns the connection: all its events, in their order. */
  receive(event: ConnectionEvent): void {
    if (this.#early !== undefined) {
      this.#early.push(event)
      return
    }
    this.#checks.observe(event)
    if (event.kind === 'queued') this.#named(event.token, event.unique)
    else if (event.kind === 'read' && event.token !== 0)
      this.#named(event.token, uniqueOf(event.message))
    else if (event.kind === 'settled') this.#settled(event.token, event.error, event.body)
  }

  /** For whoever owns the connection: what a well-formed notification does. */
  notified(code: number, body: Uint8Array): number {
    return applyNotification(code, body, this.cache, {
      evict: (nodeid) => {
        const nlookup = this.cache.inode(nodeid)?.nlookup ?? 0n
        if (nlookup > 0n) this.requestSendNoReply(nodeid, nlookup)
      },
      sendNoReply: (message) => void this.#driver.send(message, SendKind.NO_REPLY, NOTHING),
      wakePollers: this.#onPoll,
    })
  }

  #send(message: Uint8Array, kind: SendKind): SentRequest {
    // A reply may lead its sender to the next request, within the events of the first.
    const isOuter = this.#early === undefined
    const early = this.#early ?? []
    this.#early = early
    const token = this.#driver.send(message, kind, replyBounds(message))
    const sent = new Sent(token, message)
    this.#sent.set(token, sent)
    if (isOuter) {
      this.#early = undefined
      for (const event of early) this.receive(event)
    }
    return sent
  }

  #release({ nodeid, fh, flags }: OpenedFile): void {
    this.requestSendNonblock(this.request.release(nodeid, fh, flags))
  }

  #named(token: number, unique: Unique): void {
    const sent = this.#sent.get(token)
    if (sent !== undefined) sent.unique = unique
  }

  #settled(token: number, error: number, body: Uint8Array): void {
    const sent = this.#sent.get(token)
    if (sent === undefined) return
    this.#sent.delete(token)
    let taken = error
    if (error === 0) {
      const effect = applyReply(sent.message, body, this.cache)
      this.#checks.checkEffect(effect, this.cache)
      // What cannot be is refused for the client alone; the daemon's write was taken.
      if (!effect.isTaken) taken = -Errno.EIO
      if (effect.unwanted !== undefined) this.#release(effect.unwanted)
    }
    sent.settle(new Reply(taken, taken === 0 ? Buffer.from(body) : Buffer.alloc(0)))
  }
}

const NOTHING = { least: 0, most: 0 }
