// What a handler learns of its caller. One object per slot, read from the slot's request header when asked;
// valid until the handler settles, after which the slot serves another request.

import {
  type High32,
  type LockOwner,
  type Low32,
  type SlotIndex,
  type Unique,
  type WorkerIndex,
  wordOf,
} from '../base/ids.js'
import { type RequestRing, SlotHeader } from '../ring/index.js'
import { posixError } from './posix-error.js'

/** A security label as an extended attribute. */
export interface SecurityContext {
  /** Of the attribute, such as 'security.selinux'. */
  readonly name: string
  /** The handler's own, to keep. */
  readonly value: Buffer
}

/** The caller of a request. Shared by all handlers' last argument. */
export interface RequestContext {
  /** fsuid of the caller; undefined on an idmapped mount where the kernel does not tell. */
  readonly uid: number | undefined
  /** fsgid of the caller; as `uid`. */
  readonly gid: number | undefined
  /** Thread id of the caller in the mounter's pid namespace; 0 for requests of the kernel itself. */
  readonly pid: number
  /**
   * File mode creation mask of CREATE, TMPFILE, MKNOD and MKDIR; 0 elsewhere. The kernel has applied it to the mode,
   * unless DONT_MASK was granted: then the handler does.
   */
  readonly umask: number
  /**
   * The handler must clear set-user-id and set-group-id bits too, and security.capability: with the INIT flag
   * HANDLE_KILLPRIV_V2, in `open`, `create`, `write` and `setattr` of callers without CAP_FSETID. In `setxattr` of an
   * access ACL, the set-group-id bit: the caller is not of the file's group (ACL_KILL_SGID). False elsewhere.
   */
  readonly killSuidGid: boolean
  /** WRITE of cached pages: the caller need not be who wrote them, nor the handle that they were written by. */
  readonly fromPageCache: boolean
  /**
   * Who holds the locks in question, of READ, WRITE, FLUSH, RELEASE and SETATTR where the kernel tells; compare it
   * only. 64 bits.
   */
  readonly lockOwner: LockOwner | undefined
  /** Labels that a new node is to have from the start, with SECURITY_CTX; empty elsewhere. */
  readonly securityContexts: readonly SecurityContext[]
  /**
   * The group of the directory where a node is made, if it is a supplementary group of the caller, with
   * CREATE_SUPP_GROUP: the node may belong to it although it is not `gid`.
   */
  readonly supplementaryGroup: number | undefined
  /** Index of the worker that runs the handler. */
  readonly worker: WorkerIndex
  /** True once the client was interrupted by a signal. One atomic load: sync handlers may poll it. */
  readonly interrupted: boolean
  /**
   * Aborted when the client is interrupted (reason EINTR), when the deadline passes (ETIMEDOUT) and when the
   * connection ends (ECONNABORTED). Made at first use.
   */
  readonly signal: AbortSignal
  /**
   * When the framework answers in the handler's place, in ms on this thread's `performance.now()`; undefined if
   * the operation has no deadline. After it an answer is dropped and what it gave is taken back.
   */
  readonly deadline: number | undefined
}

const NO_ID = 0xffffffff
const NS_PER_MS = 1e6
/** performance.now() counts from here, on the clock by which requests are timed. */
const TIME_ORIGIN_MS = timeOrigin()
const NO_CONTEXTS: readonly SecurityContext[] = []

/** The context of whatever request its slot holds. */
export class SlotContext implements RequestContext {
  readonly worker: WorkerIndex
  umask = 0
  killSuidGid = false
  fromPageCache = false
  securityContexts: readonly SecurityContext[] = NO_CONTEXTS
  supplementaryGroup: number | undefined
  #hasLockOwner = false
  #lockOwnerLow: Low32<'lockOwner'> = 0
  #lockOwnerHigh: High32<'lockOwner'> = 0
  readonly #ring: RequestRing
  readonly #slot: SlotIndex
  readonly #header: number
  readonly #interrupted: number
  #controller: AbortController | undefined

  constructor(ring: RequestRing, slot: SlotIndex, worker: WorkerIndex) {
    const offset = ring.slotOffset(slot)
    this.worker = worker
    this.#ring = ring
    this.#slot = slot
    this.#header = offset + SlotHeader.request
    this.#interrupted = (offset + SlotHeader.interrupted) >>> 2
  }

  /** The kernel's unique of the request, for messages and checks. */
  get unique(): Unique {
    return this.#ring.view.getBigUint64(this.#header + 8, true)
  }

  // fuse_in_header: uid at 24, gid at 28, pid at 32.
  get uid(): number | undefined {
    return idOrUndefined(this.#ring.view.getUint32(this.#header + 24, true))
  }

  /** fsgid of the caller; undefined where the kernel does not tell. */
  get gid(): number | undefined {
    return idOrUndefined(this.#ring.view.getUint32(this.#header + 28, true))
  }

  get pid(): number {
    return this.#ring.view.getUint32(this.#header + 32, true)
  }

  get lockOwner(): LockOwner | undefined {
    if (!this.#hasLockOwner) return undefined
    return wordOf(this.#lockOwnerLow, this.#lockOwnerHigh)
  }

  /** Kept as two words: few handlers ask. */
  setLockOwner(low: Low32<'lockOwner'>, high: High32<'lockOwner'>): void {
    this.#hasLockOwner = true
    this.#lockOwnerLow = low
    this.#lockOwnerHigh = high
  }

  get interrupted(): boolean {
    // Pairs with the reader's store when INTERRUPT arrives.
    return Atomics.load(this.#ring.words, this.#interrupted) !== 0
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    this.propagateInterrupt()
    return this.#controller.signal
  }

  get deadline(): number | undefined {
    const offset = this.#ring.slotOffset(this.#slot)
    const { view } = this.#ring
    const timeout = this.#ring.timeout(view.getUint32(offset + SlotHeader.opcode, true))
    if (timeout === 0) return undefined
    const filledAt = Number(view.getBigUint64(offset + SlotHeader.filledAt, true))
    return filledAt / NS_PER_MS + timeout - TIME_ORIGIN_MS
  }

  /** Called by the worker when it is told that some request was interrupted or is late, and at the session's end. */
  propagateInterrupt(): void {
    const controller = this.#controller
    if (controller === undefined || controller.signal.aborted) return
    if (this.interrupted) controller.abort(posixError('EINTR', 'the client was interrupted'))
    else if (this.#ring.isAnswered(this.#slot))
      controller.abort(posixError('ETIMEDOUT', 'the deadline has passed'))
    else if (this.#ring.isEnded || (this.#ring.isDeviceEnded && !isOwnRequest(this.unique)))
      controller.abort(posixError('ECONNABORTED', 'the connection has ended'))
  }

  /** The handler has settled: its signal is aborted no more. */
  settle(): void {
    this.#controller = undefined
  }

  /** Makes the object ready for the slot's next request. */
  reset(): void {
    this.umask = 0
    this.killSuidGid = false
    this.fromPageCache = false
    this.securityContexts = NO_CONTEXTS
    this.supplementaryGroup = undefined
    this.#hasLockOwner = false
    this.#controller = undefined
  }
}

/** FLUSH, FSYNC and RELEASE of the session's own, after the device's end (device/own-requests.hpp). */
function isOwnRequest(unique: bigint): boolean {
  return unique >> 62n === 1n && (unique & 1n) === 1n
}

function idOrUndefined(id: number): number | undefined {
  return id === NO_ID ? undefined : id
}

/** A thread that pauses between two looks at clocks would be wrong by that for ever: of several tries the best counts. */
function timeOrigin(tries = 8): number {
  let origin = 0
  let leastMs = Infinity
  for (let left = tries; left > 0; left -= 1) {
    const before = performance.now()
    const now = Number(process.hrtime.bigint()) / NS_PER_MS
    const tookMs = performance.now() - before
    if (tookMs >= leastMs) continue
    leastMs = tookMs
    origin = now - before
  }
  return origin
}
