// A session in memory: kernel, ring, reader and the workers' seats on one thread, put together as production puts
// together their native twins. Whoever holds it is the client.

import { setTimeout as delay } from 'node:timers/promises'
import type { Nodeid, Unique, WorkerIndex } from '../base/ids.js'
import { type Dispatcher, methodsOf, writeRequestRules } from '../dispatch/index.js'
import { type FileHandleTable, type InodeHandlers, type Text, textCodec } from '../inode/index.js'
import { codeFromErrno, InitFlag } from '../protocol/index.js'
import type { RequestRing } from '../ring/index.js'
import {
  type CacheKnobs,
  CachePolicy,
  checkOwnership,
  MemoryBackingFiles,
  MemoryDirectoryTable,
  MemoryLockManager,
  type MemoryNodeTable,
  MemoryOpenFileTable,
  NodeSweep,
  type Notifier,
  resolveCache,
  resolveLimits,
  type SessionWishes,
  withCacheFlags,
  withLockFlags,
} from '../session/index.js'
import { memoryBacking } from './memory-backing.js'
import { MemoryNotifications } from './memory-notifications.js'
import { MemoryReading } from './memory-reading.js'
import { createMemoryRing } from './memory-ring.js'
import { MemorySeat } from './memory-seat.js'
import type { ServeOptions } from './serve-options.js'
import { VirtualClock } from './virtual-clock.js'
import { HandlerWatch } from './virtual-kernel/handler-watch.js'
import { MemoryKernel } from './virtual-kernel/memory-kernel.js'
import type { Reply } from './virtual-kernel/reply.js'
import type { RequestBuilder } from './virtual-kernel/request-builder.js'
import type { SentRequest } from './virtual-kernel/virtual-kernel.js'

type Handlers = InodeHandlers<Text, number | object>

/** A file with data that clients believe to be written, and that the filesystem may not have stored. */
export interface LostMemoryFile {
  /** Undefined when no name leads to it any more. */
  readonly path: string | undefined
  /** POSIX code of what failed; ETIMEDOUT: not done in time. */
  readonly code: string
}

/** Real time that handlers have when a session is closed; then the clock is moved beyond what any mount gives them. */
const CLOSE_MS = 1000
const GIVE_UP_MS = 60_000

/** A filesystem that is served; end it with `close`. */
export class MemorySession {
  readonly kernel: MemoryKernel
  readonly ring: RequestRing
  readonly nodes: MemoryNodeTable
  readonly directories: MemoryDirectoryTable = new MemoryDirectoryTable()
  readonly locks: MemoryLockManager = new MemoryLockManager((unique) => this.#grant(unique))
  readonly openFiles: MemoryOpenFileTable = new MemoryOpenFileTable()
  readonly backingFiles: MemoryBackingFiles
  readonly seats: readonly MemorySeat[]
  /** Deadlines pass when it is moved, by `advance`. */
  readonly clock: VirtualClock = new VirtualClock()
  /** What would go to the log: lines of the framework about the filesystem's mistakes. */
  readonly log: string[]
  readonly #notifications: MemoryNotifications
  readonly #handlers: readonly Handlers[]
  readonly #schedule: (task: () => void, label: string) => void
  readonly #scheduled = new Set<number>()
  readonly #reading: MemoryReading
  readonly #nodeSweep: NodeSweep | undefined
  #isSweeping = false

  /**
   * @param handlers of the one worker, or of each
   * @param log gets the lines; for a log that began before there were handlers
   * @param notifications as the handlers know them already
   */
  constructor(
    handlers: Handlers | readonly Handlers[],
    options: ServeOptions = {},
    log: string[] = [],
    notifications: MemoryNotifications = new MemoryNotifications(),
  ) {
    const { slotCount = 16, maxWrite = 65536 } = options
    const watch = new HandlerWatch()
    this.#handlers = Array.isArray(handlers) ? handlers : [handlers as Handlers]
    this.#schedule = options.schedule ?? ((task) => void setImmediate(task))
    this.log = log
    this.#notifications = notifications
    this.nodes = notifications.nodes
    this.kernel = this.#connect(watch, options)
    const cache = resolveCache(options.cache)
    const parameters = this.kernel.initialize(this.#wishes(maxWrite, cache, options))
    const { minor, maxWrite: mostWritten, granted } = parameters
    notifications.limits = {
      minor,
      maxWrite: mostWritten,
      dropsChangedPages: granted.includes('AUTO_INVAL_DATA'),
    }
    const endpoint = this.kernel.device
    this.backingFiles = new MemoryBackingFiles(memoryBacking(this.kernel))
    notifications.channel.arm({ endpoint, schedule: this.#schedule })
    if (options.maxNodes !== undefined)
      this.#nodeSweep = new NodeSweep(this.nodes, options.maxNodes, minor)
    this.ring = createMemoryRing(slotCount, maxWrite, this.#handlers.length)
    for (const name of parameters.granted) this.ring.grant(InitFlag[name])
    writeRequestRules(this.ring, options)
    this.#reading = new MemoryReading({
      ring: this.ring,
      endpoint,
      nodes: this.nodes,
      notifications: notifications.channel,
      locks: this.locks,
      openFiles: this.openFiles,
      backingFiles: this.backingFiles,
      clock: this.clock,
      wake: (worker) => this.#wake(worker),
      log: (message) => this.log.push(message),
    })
    if (this.#handlers.some(({ forget }) => forget !== undefined)) this.nodes.keepForgotten()
    this.seats = this.#handlers.map((own, worker) =>
      this.#seat(watch.watch(own), worker, new CachePolicy(cache), options),
    )
    this.kernel.device.onReadable = () => {
      for (const worker of this.seats.keys()) this.#wake(worker)
    }
  }

  /** Of worker 0. */
  get handles(): FileHandleTable {
    return this.#first.handles
  }

  /** As MountSession.notify. */
  get notify(): Notifier {
    return this.#notifications.notifier
  }

  /** Of worker 0. */
  get dispatcher(): Dispatcher {
    return this.#first.dispatcher
  }

  /** Makes messages for `send`. */
  get request(): RequestBuilder {
    return this.kernel.request
  }

  /** Resolves with the reply to a message of `request`, or of your own. */
  send(message: Uint8Array): Promise<Reply> {
    return this.kernel.send(message)
  }

  /** The same, for what is interrupted on its way. */
  requestSend(message: Uint8Array): SentRequest {
    return this.kernel.requestSend(message)
  }

  /** FORGET. Resolves when it, and all before, was taken up. */
  async forget(nodeid: Nodeid, nlookup: number | bigint): Promise<void> {
    this.kernel.requestSendNoReply(nodeid, nlookup)
    await this.settled()
  }

  /** A signal for the client. Resolves when the INTERRUPT was taken up. */
  async interrupt(sent: SentRequest): Promise<void> {
    this.kernel.signal(sent)
    await this.settled()
  }

  /** Lets time pass for deadlines. Resolves when what is due was answered. */
  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds)
    this.#reading.passDeadlines()
    await this.settled()
  }

  /** What was sent has been read. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#schedule(resolve, 'client'))
  }

  /**
   * Closes all files, unmounts, and lets the filesystem clean up.
   * @throws ContractError when the daemon has broken the protocol
   */
  async close(): Promise<void> {
    const { kernel } = this
    try {
      // While handlers are still at work, or the connection has ended, there is nobody who could release.
      if (kernel.waiting === 0 && !kernel.connection.isEnded) {
        await kernel.releaseAll()
        await this.settled()
        kernel.verify({ released: true })
      } else {
        kernel.verify()
      }
    } finally {
      kernel.unmount()
      await this.#end()
      for (const handlers of this.#handlers) await handlers.dispose?.()
    }
  }

  /** Files whose data may be lost, when `close` has resolved: as MountSession's end tells of them. */
  get lost(): readonly LostMemoryFile[] {
    return this.#reading.reader.lost.map(({ nodeid, error }) => ({
      path: this.nodes.path(nodeid)?.toString(),
      code: codeFromErrno(-error) ?? `errno ${-error}`,
    }))
  }

  /** What clients have left open is flushed and released; handlers that take long are given up. */
  async #end(): Promise<void> {
    const ended = Promise.all(this.seats.map(({ ended }) => ended))
    const timer = new AbortController()
    const isLate = delay(CLOSE_MS, true, { signal: timer.signal }).catch(() => false)
    const late = await Promise.race([ended.then(() => false), isLate])
    timer.abort()
    if (late) {
      this.clock.advance(GIVE_UP_MS)
      for (const worker of this.seats.keys()) this.#wake(worker)
    }
    await ended
  }

  get #first(): MemorySeat {
    return this.seats[0] as MemorySeat
  }

  #wishes(maxWrite: number, cache: CacheKnobs, options: ServeOptions): Partial<SessionWishes> {
    const { flags = {}, kernel, locks } = options
    const methods = methodsOf(this.#handlers[0] as Handlers)
    return {
      ...withLockFlags(withCacheFlags(flags, cache), locks, methods),
      ...resolveLimits(options.limits),
      maxWrite,
      methods,
      mountOptions: kernel?.defaultPermissions === true ? ['default_permissions'] : [],
    }
  }

  #seat(
    handlers: Handlers,
    worker: WorkerIndex,
    cache: CachePolicy,
    options: ServeOptions,
  ): MemorySeat {
    return new MemorySeat({
      worker,
      ring: this.ring,
      endpoint: this.kernel.device,
      nodes: this.nodes,
      clock: this.clock,
      reader: this.#reading.reader,
      directories: this.directories,
      notifications: this.#notifications.channel,
      notifier: this.notify,
      locks: this.locks,
      openFiles: this.openFiles,
      backingFiles: this.backingFiles,
      handlers,
      text: textCodec(options.encoding ?? 'utf8'),
      cache,
      ownership: checkOwnership(options.ownership),
      log: (message) => this.log.push(message),
      trace: options.trace,
      wake: (asked) => this.#wake(asked),
    })
  }

  #grant(unique: Unique): boolean {
    return this.#reading.replies.answerUnique(unique, 0) === 0
  }

  #connect(watch: HandlerWatch, options: ServeOptions): MemoryKernel {
    return new MemoryKernel({
      ...options.kernel,
      probe: {
        lookupCount: (nodeid) => this.nodes.lookupCount(nodeid),
        underflows: () => this.nodes.underflows,
        isAtWork: (unique) => watch.isAtWork(unique) || this.locks.isWaiting(unique),
        openHandles: () => watch.openHandles,
      },
    })
  }

  /** The worker's event loop brings the next turn, as the bell does in production. */
  #wake(worker: WorkerIndex): void {
    if (this.#scheduled.has(worker)) return
    this.#scheduled.add(worker)
    this.#schedule(() => {
      this.#scheduled.delete(worker)
      this.seats[worker]?.turn()
      this.#sweepNodes()
    }, `worker ${worker}`)
  }

  /**
   * After each turn, which may have made nodes; in production the notifier's thread looks several times a second. One
   * after the other: what the kernel was asked to forget is known only when it has been told.
   */
  #sweepNodes(): void {
    const sweep = this.#nodeSweep
    if (sweep?.isDue !== true || this.#isSweeping) return
    this.#isSweeping = true
    this.#schedule(() => {
      const { channel } = this.#notifications
      // Nobody asks whether the kernel could forget them; a channel never rejects.
      const told = sweep.next().map((message) => channel.send(message))
      void Promise.all(told).then(() => {
        this.#isSweeping = false
      })
    }, 'sweep')
  }
}
