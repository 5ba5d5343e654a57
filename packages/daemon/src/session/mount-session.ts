// A mounted filesystem as its mounter holds it. No request passes through here: this is the control plane.

import { setTimeout as delay } from 'node:timers/promises'
import { Errno } from '@fuseloop/core'
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
import type { NativeSession } from '@fuseloop/native'
import type { Histograms } from '../pool/worker-start-message.js'
import { NativeNotificationChannel } from './native-channel.js'
import type { SessionPlan } from './session-plan.js'
import {
  readOperations,
  readRingCounters,
  readWorkers,
  type SessionStatus,
} from './session-status.js'

/** Why a mount is over. */
export interface SessionEnd {
  /** `unmounted`: by us or by umount(8); `aborted`: its connection was ended by force. */
  readonly reason: 'unmounted' | 'aborted'
}

/** What serves requests: the pool of workers, or this very thread. */
export interface Servers {
  /** Waits for what is left to do after the device's end. */
  stop(): Promise<void>
}

export interface MountSessionParts {
  readonly plan: SessionPlan
  readonly native: NativeSession
  readonly ring: RequestRing
  readonly histograms: Histograms
  readonly servers: Servers
  readonly parameters: SessionParameters
  readonly cache: CacheKnobs
  readonly limits: SettledLimits
}

/** How long shutdown() waits for users of a busy mount before it ends the connection. */
const GRACE_MS = 2000

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
  #isClosed = false
  #resolveClosed: (end: SessionEnd) => void = () => undefined
  readonly #unmountAtExit = (): void => this.#parts.native.unmountNow()

  constructor(parts: MountSessionParts) {
    this.#parts = parts
    this.mountpoint = parts.plan.mountpoint
    this.loop = parts.plan.loop
    this.limits = parts.limits
    const channel = new NativeNotificationChannel(parts.native.id)
    this.notify = new SessionNotifier(channel, channel.nodes, () =>
      readNotificationLimits(parts.ring),
    )
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    process.once('exit', this.#unmountAtExit)
  }

  /** For mount(): the device has ended. */
  async deviceEnded(reason: number): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    process.removeListener('exit', this.#unmountAtExit)
    await this.#parts.servers.stop()
    // A connection that was ended by force stays mounted, and every use of it fails. The errno alone does not tell: after
    // umount -f it is that of an unmount (fuse_umount_begin of fs/fuse/inode.c), although the mount stays while it is busy.
    const wasMounted = await this.#parts.native.unmount(true).catch(() => false)
    const wasUnmounted = !wasMounted && (reason === 0 || reason === -Errno.ENODEV)
    this.#parts.native.close()
    this.#resolveClosed({ reason: wasUnmounted ? 'unmounted' : 'aborted' })
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

  /** Ends the connection by force: requests in flight fail with ECONNABORTED. The mount leaves the tree too. */
  async abort(): Promise<void> {
    if (this.#isClosed) return
    this.#parts.native.abort()
    // Somebody else may have unmounted it meanwhile; the connection is over either way.
    await this.#parts.native.unmount(true).catch(() => undefined)
    await this.closed
  }

  /** Unmounts; while the mount is in use, lazily, and by force when its users are not gone within 2 s. */
  async shutdown(): Promise<SessionEnd> {
    try {
      await this.unmount()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
      await this.unmount({ lazy: true })
      const isGone = await Promise.race([this.closed, delay(GRACE_MS)])
      if (isGone === undefined) this.#parts.native.abort()
    }
    return await this.closed
  }

  /** As `notify.changed`. */
  changed(subject: NodeSubject, what: Change): Promise<NotifyResult> {
    return this.notify.changed(subject, what)
  }

  /** Figures of this moment. @throws FuseError ERR_FUSE_MOUNT after the end */
  status(): SessionStatus {
    if (this.#isClosed) throw new FuseError('ERR_FUSE_MOUNT', 'the mount has ended')
    const { plan, native, ring, histograms, parameters, cache } = this.#parts
    return {
      mountpoint: this.mountpoint,
      filesystem: plan.filesystemName,
      pid: process.pid,
      loop: plan.loop,
      transport: 'ring',
      parameters,
      cache,
      counters: readRingCounters(ring),
      locks: native.lockCounts(),
      nodes: {
        known: native.nodeCount,
        remembered: native.unusedCount,
        underflows: native.underflows,
      },
      workers: readWorkers(ring),
      operations: readOperations(histograms),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.shutdown()
  }
}
