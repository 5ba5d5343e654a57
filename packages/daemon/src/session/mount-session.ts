// A mounted filesystem as its mounter holds it. No request passes through here: this is the control plane.

import { Errno, type Log } from '@fuseloop/core'
import type { RequestRing } from '@fuseloop/core/ring'
import {
  type CacheKnobs,
  type Change,
  FuseError,
  type NodeSubject,
  type Notifier,
  type NotifyResult,
  readNotificationLimits,
  SessionNotifier,
  type SessionParameters,
  type SettledLimits,
} from '@fuseloop/core/session'
import type { NativeLostFile, NativeNotifications, NativeSession } from '@fuseloop/native'
import { withinOwnTime } from '../pool/own-time.js'
import type { SeatHistory } from '../pool/seat-keeper.js'
import { stderrLog } from '../service/stderr-log.js'
import { endAtExit } from './exit-end.js'
import { NativeNotificationChannel } from './native-channel.js'
import { writeBackPages } from './page-writer.js'
import { passthroughStatus } from './passthrough-status.js'
import { describeLost, type LostFile, lostFile, type SessionEnd } from './session-end.js'
import type { SessionPlan } from './session-plan.js'
import {
  readOperations,
  readRingCounters,
  readWorkers,
  type SessionStatus,
} from './session-status.js'
import { currentTransport, type TransportChoice } from './transport-choice.js'

/** What serves requests: the pool of workers, or this very thread. */
export interface Servers {
  /** By seat. */
  readonly history: readonly SeatHistory[]
  /** Why there are no workers any more, and the mount ends. */
  readonly failure: string | undefined
  /** A worker shows no sign of life after its deadline. */
  replaceStuck(worker: number, generation: number): void
  /** Waits for what is left to do after the device's end. */
  stop(): Promise<void>
}

export interface MountSessionParts {
  readonly plan: SessionPlan
  readonly native: NativeSession
  readonly ring: RequestRing
  /** createLatencies() of @fuseloop/core/dispatch. */
  readonly latencies: SharedArrayBuffer
  readonly servers: Servers
  readonly transport: TransportChoice
  readonly parameters: SessionParameters
  readonly cache: CacheKnobs
  readonly limits: SettledLimits
}

/** How MountSession.shutdown() ends a mount. */
export interface ShutdownOptions {
  /** For everything, in ms; 10000 if absent. What is not stored by then is lost. */
  readonly deadlineMs?: number
}

/** How shutdown() shares out its time; what is left is for flushing what clients have open. */
const PAGES_SHARE = 0.3
const GRACE_SHARE = 0.2
const LAST_PAGES_SHARE = 0.1
/** Users of a busy mount get no more. */
const GRACE_MOST_MS = 2000

/** A filesystem that is mounted. `await using` unmounts it; for the thread that called `mount()`. */
export class MountSession implements AsyncDisposable {
  readonly mountpoint: string
  readonly loop: 'single' | 'multi'
  /** What was asked for; `status().parameters` tells what INIT made of it. */
  readonly limits: SettledLimits
  /** Settles when everything is torn down. Never rejects. */
  readonly closed: Promise<SessionEnd>
  /** Tells the kernel what has changed. After the end nothing is cached, and every call resolves. */
  readonly notify: Notifier
  readonly #parts: MountSessionParts
  readonly #log: Log
  readonly #nodes: NativeNotifications['nodes']
  #isClosed = false
  #ending: Promise<SessionEnd> | undefined
  /** Whose pages the kernel could not write before the end. */
  #unwritten: readonly LostFile[] = []
  #resolveClosed: (end: SessionEnd) => void = () => undefined
  readonly #forgetAtExit: () => void

  constructor(parts: MountSessionParts) {
    this.#parts = parts
    this.mountpoint = parts.plan.mountpoint
    this.#log = stderrLog(this.mountpoint)
    this.loop = parts.plan.loop
    this.limits = parts.limits
    const channel = new NativeNotificationChannel(parts.native.id)
    this.#nodes = channel.nodes
    this.notify = new SessionNotifier(channel, channel.nodes, () =>
      readNotificationLimits(parts.ring),
    )
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#forgetAtExit = endAtExit(() => parts.native.endNow())
  }

  /** For mount(): the device has ended. */
  async deviceEnded(reason: number, lostFiles: readonly NativeLostFile[]): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const lost = [...lostFiles.map(lostFile), ...this.#unwritten]
    for (const file of lost) this.#log('error', `${this.mountpoint}: ${describeLost(file)}`)
    this.#forgetAtExit()
    await this.#parts.servers.stop()
    // A connection that was ended by force stays mounted, and every use of it fails. The errno alone does not tell: after
    // umount -f it is that of an unmount (fuse_umount_begin of fs/fuse/inode.c), although the mount stays while it is busy.
    const wasMounted = await this.#parts.native.unmount(true).catch(() => false)
    const wasUnmounted = !wasMounted && (reason === 0 || reason === -Errno.ENODEV)
    this.#parts.native.close()
    const { failure: message } = this.#parts.servers
    const reasonOfEnd = wasUnmounted ? 'unmounted' : 'aborted'
    this.#resolveClosed(
      message === undefined ? { reason: reasonOfEnd, lost } : { reason: 'workers', message, lost },
    )
  }

  /**
   * Unmounts and waits until everything is torn down.
   * With `lazy` the mount leaves the tree at once and goes on serving until its last user is gone.
   * @throws an error with code EBUSY while the mount is in use, unless lazy
   */
  async unmount(options: { readonly lazy?: boolean } = {}): Promise<void> {
    if (this.#isClosed) {
      await this.closed
      return
    }
    await this.#parts.native.unmount(options.lazy ?? false)
    if (options.lazy !== true) await this.closed
  }

  /**
   * Ends the connection by force and at once: requests in flight fail with ECONNABORTED, and what clients have open is
   * not flushed any more. The mount leaves the tree too.
   */
  async abort(): Promise<void> {
    if (this.#isClosed) {
      await this.closed
      return
    }
    this.#parts.native.closeWithin(0)
    this.#parts.native.abort()
    // Somebody else may have unmounted it meanwhile; the connection is over either way.
    await this.#parts.native.unmount(true).catch(() => undefined)
    await this.closed
  }

  /**
   * Ends the mount without losing what was written, within `deadlineMs` and what ending the workers takes. Nothing is
   * opened any more (ESHUTDOWN); the kernel writes back its dirty pages; the mount leaves the tree; users who stay
   * are given up to 2 s, then their requests fail. At last files that they have open are flushed and released by the
   * filesystem's `flush`, `fsync` and `release`.
   * @returns what may be lost all the same
   */
  shutdown({ deadlineMs = 10_000 }: ShutdownOptions = {}): Promise<SessionEnd> {
    this.#ending ??= this.#shutDown(deadlineMs)
    return this.#ending
  }

  async #shutDown(deadlineMs: number): Promise<SessionEnd> {
    if (this.#isClosed) return await this.closed
    const { native } = this.#parts
    native.refuseOpens()
    native.closeWithin(deadlineMs)
    await this.#writeBack(deadlineMs * PAGES_SHARE)
    // Not awaited: a helper program that unmounts for us may be stuck too.
    void this.#leaveTree()
    if (await this.#isOverWithin(Math.min(GRACE_MOST_MS, deadlineMs * GRACE_SHARE)))
      return await this.closed
    const unwritten = await this.#writeBack(deadlineMs * LAST_PAGES_SHARE)
    this.#unwritten = unwritten.map((path) => ({ path, code: 'ETIMEDOUT' }))
    native.abort()
    return await this.closed
  }

  /** At once if nobody uses it, else lazily: then it serves its users on. */
  async #leaveTree(): Promise<void> {
    const { native } = this.#parts
    try {
      await native.unmount(false)
    } catch {
      await native.unmount(true).catch((error: unknown) => {
        this.#log('error', `${this.mountpoint} cannot be unmounted: ${error}`)
      })
    }
  }

  /** Users are not cut off for a machine that stands still: see own-time.ts. */
  async #isOverWithin(milliseconds: number): Promise<boolean> {
    let isOver = false
    const over = this.closed.then(() => {
      isOver = true
    })
    await withinOwnTime(milliseconds, over)
    return isOver
  }

  /** @returns paths of files of which pages may be lost; none without a write-back cache */
  async #writeBack(limitMs: number): Promise<readonly (string | undefined)[]> {
    const { native, parameters } = this.#parts
    const unwritten = await writeBackPages(this.notify, native.nodesOpenForWriting(), limitMs)
    if (!parameters.granted.includes('WRITEBACK_CACHE')) return []
    return unwritten.map((nodeid) => this.#nodes.path(nodeid)?.toString())
  }

  /** From now on a signal that main does not see for 3 s ends the mount: see signal-guard.ts. */
  endBySignals(): void {
    if (!this.#isClosed) this.#parts.native.endBySignals()
  }

  /** As `notify.changed`. */
  changed(subject: NodeSubject, what: Change): Promise<NotifyResult> {
    return this.notify.changed(subject, what)
  }

  /** Figures of this moment. @throws FuseError ERR_FUSE_MOUNT after the end */
  status(): SessionStatus {
    if (this.#isClosed) throw new FuseError('ERR_FUSE_MOUNT', 'the mount has ended')
    const { plan, native, ring, latencies, servers, parameters, cache } = this.#parts
    const { transport, whyNot, headOfLineBlocking } = currentTransport(
      this.#parts.transport,
      native,
    )
    return {
      mountpoint: this.mountpoint,
      filesystem: plan.filesystemName,
      pid: process.pid,
      loop: plan.loop,
      transport,
      transports: whyNot,
      headOfLineBlocking,
      parameters,
      cache,
      counters: readRingCounters(ring),
      passthrough: passthroughStatus(parameters, native.backingCounts()),
      locks: native.lockCounts(),
      nodes: {
        known: native.nodeCount,
        remembered: native.unusedCount,
        underflows: native.underflows,
      },
      workers: readWorkers(ring, servers.history),
      operations: readOperations(latencies),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.shutdown()
  }
}
