// One seat of a session served by this thread: handlers made, calls of the addon plugged into the dispatcher.
// The same for a worker of the pool and for the thread of mount() itself (loop `single`).

import type {
  CacheChoice,
  FilesystemDefinition,
  FlagPreferences,
  Log,
  Ownership,
  RawSettings,
} from '@fuseloop/core'
import { cacheChoiceOf, FuseError, flagsOf, readSettings } from '@fuseloop/core'
import {
  Dispatcher,
  LatencyRecorder,
  methodsOf,
  RequestPump,
  tracedTransport,
} from '@fuseloop/core/dispatch'
import { FileHandleTable, type InodeHandlers, type Text, textCodec } from '@fuseloop/core/inode'
import { adaptPathHandlers, type PathHandlers } from '@fuseloop/core/path'
import { RequestRing, type RingMemory } from '@fuseloop/core/ring'
import {
  CachePolicy,
  type Notifier,
  readNotificationLimits,
  resolveCache,
  SessionNotifier,
} from '@fuseloop/core/session'
import { loadNativeBinding, type NativeWorker } from '@fuseloop/native'
import { stderrLog } from '../service/stderr-log.js'
import { NativeNotificationChannel } from '../session/native-channel.js'
import { nodesOf, SeatTransport } from './seat-transport.js'
import type { ReadyReport } from './worker-start-message.js'

export interface WorkerServerOptions {
  readonly worker: number
  readonly session: number
  /** For the log. */
  readonly mountpoint: string
  readonly memory: RingMemory
  readonly definition: FilesystemDefinition
  readonly settings: RawSettings
  readonly directory: string
  /** Of mount(); goes over the definition's. */
  readonly cache: CacheChoice
  /** Shown in place of the filesystem's. */
  readonly ownership: Ownership | undefined
  /** createLatencies() of @fuseloop/core/dispatch. */
  readonly latencies: SharedArrayBuffer
  /** A line for each answered request. */
  readonly trace: boolean
  readonly services: unknown
}

/** What a definition says to whoever gave these options. */
interface Chosen {
  readonly cache: CacheChoice
  readonly flags: FlagPreferences
}

export class WorkerServer {
  readonly #handlers: InodeHandlers<Text, number | object>
  readonly #seat: NativeWorker
  /** For main. */
  readonly report: ReadyReport
  /** Resolves when the mount has ended. */
  readonly ended: Promise<void>

  private constructor(
    definition: FilesystemDefinition,
    { cache, flags }: Chosen,
    handlers: InodeHandlers<Text, number | object>,
    seat: NativeWorker,
    ended: Promise<void>,
  ) {
    this.#handlers = handlers
    const { limits, locks, blocking, rules } = definition
    const { generation } = seat
    const methods = methodsOf(handlers)
    this.report = { generation, flags, cache, limits, locks, blocking, rules, methods }
    this.#seat = seat
    this.ended = ended
  }

  /**
   * Checks the settings, makes the handlers and takes the seat: requests are served from then on.
   * @throws FuseError ERR_FUSE_BAD_OPTION, ERR_FUSE_BAD_CACHE; what `create` throws
   */
  static async start(options: WorkerServerOptions): Promise<WorkerServer> {
    const { definition, worker } = options
    const log = stderrLog(options.mountpoint, worker)
    const ring = RequestRing.open(options.memory)
    const channel = new NativeNotificationChannel(options.session)
    const notifier = new SessionNotifier(channel, channel.nodes, () => readNotificationLimits(ring))
    const values = readSettings(definition.options, options.settings, options.directory)
    const chosen = { cache: cacheChoiceOf(definition, values), flags: flagsOf(definition, values) }
    const cache = new CachePolicy(resolveCache(chosen.cache, options.cache))
    const created = await definition.create({
      options: values,
      worker,
      log,
      notifier,
      services: options.services,
    })
    if (typeof created !== 'object' || created === null) {
      throw new FuseError(
        'ERR_FUSE_BAD_RESULT',
        `create() gave ${created === null ? 'null' : typeof created}; expected an object of handlers`,
      )
    }
    const handlers =
      definition.level === 'path' ? adaptPathHandlers(created as PathHandlers<Text>) : created
    return WorkerServer.#attach(
      options,
      chosen,
      { ring, notifier },
      handlers as InodeHandlers<Text, number | object>,
      cache,
      log,
    )
  }

  static #attach(
    options: WorkerServerOptions,
    chosen: Chosen,
    { ring, notifier }: { readonly ring: RequestRing; readonly notifier: Notifier },
    handlers: InodeHandlers<Text, number | object>,
    cache: CachePolicy,
    log: Log,
  ): WorkerServer {
    const { worker, definition } = options
    const latencies = new LatencyRecorder(options.latencies, worker)
    let onEnd: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve
    })
    let pump: RequestPump | undefined
    const seat = loadNativeBinding().attachWorker(options.session, worker, ring.bytes, () =>
      pump?.turn(),
    )
    const own = new SeatTransport(seat, ring, worker)
    const transport = options.trace ? tracedTransport(own, ring, (line) => log('debug', line)) : own
    if (handlers.forget !== undefined) seat.nodes.keepForgotten()
    const dispatcher = new Dispatcher({
      ring,
      worker,
      handlers,
      nodes: nodesOf(seat),
      directories: seat.directories,
      openFiles: seat.openFiles,
      backingFiles: seat.backingFiles,
      handles: new FileHandleTable(worker, seat.generation),
      text: textCodec(definition.encoding),
      cache,
      ownership: options.ownership,
      notifier,
      log: (message) => log('error', message),
      transport,
      onAnswered: (opcode, elapsedNs) => latencies.record(opcode, elapsedNs),
    })
    pump = new RequestPump(ring, worker, transport, dispatcher, onEnd)
    return new WorkerServer(definition, chosen, handlers, seat, ended)
  }

  /** The thread is about to end: its requests are answered EIO. */
  abandon(): void {
    this.#seat.abandon()
  }

  /** Leaves the seat and lets the filesystem clean up. */
  async stop(): Promise<void> {
    this.#seat.detach()
    await this.#handlers.dispose?.()
  }
}
