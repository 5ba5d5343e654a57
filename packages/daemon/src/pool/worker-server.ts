// One seat of a session served by this thread: handlers made, calls of the addon plugged into the dispatcher.
// The same for a worker of the pool and for the thread of mount() itself (loop `single`).

import type { CacheChoice, FilesystemDefinition, Log, Ownership, RawSettings } from '@fuseloop/core'
import { cacheChoiceOf, FuseError, readSettings } from '@fuseloop/core'
import { Dispatcher, methodsOf, RequestPump, tracedTransport } from '@fuseloop/core/dispatch'
import { FileHandleTable, type InodeHandlers, type Text, textCodec } from '@fuseloop/core/inode'
import { adaptPathHandlers, type PathHandlers } from '@fuseloop/core/path'
import { RequestRing, type RingMemory, WorkerPage, workerPageOffset } from '@fuseloop/core/ring'
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
import type { Histograms, ReadyReport } from './worker-start-message.js'

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
  readonly histograms: Histograms
  /** A line for each answered request. */
  readonly trace: boolean
  readonly services: unknown
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
    cache: CacheChoice,
    handlers: InodeHandlers<Text, number | object>,
    seat: NativeWorker,
    ended: Promise<void>,
  ) {
    this.#handlers = handlers
    const { flags, limits, locks, rules } = definition
    const { generation } = seat
    this.report = { generation, flags, cache, limits, locks, rules, methods: methodsOf(handlers) }
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
    const chosen = cacheChoiceOf(definition, values)
    const cache = new CachePolicy(resolveCache(chosen, options.cache))
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
    chosen: CacheChoice,
    { ring, notifier }: { readonly ring: RequestRing; readonly notifier: Notifier },
    handlers: InodeHandlers<Text, number | object>,
    cache: CachePolicy,
    log: Log,
  ): WorkerServer {
    const { worker, histograms, definition } = options
    let onEnd: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      onEnd = resolve
    })
    let pump: RequestPump | undefined
    const seat = loadNativeBinding().attachWorker(options.session, worker, ring.bytes, () =>
      pump?.turn(),
    )
    const elapsed = workerPageOffset(worker) + WorkerPage.elapsed
    const direct = {
      next: seat.next,
      finish: seat.finish,
      finishWith: seat.finishWith,
      discard: seat.discard,
      yield: seat.yield,
      locks: seat.locks,
      get elapsed(): number {
        return ring.view.getFloat64(elapsed, true)
      },
    }
    const transport = options.trace
      ? tracedTransport(direct, ring, (line) => log('debug', line))
      : direct
    if (handlers.forget !== undefined) seat.nodes.keepForgotten()
    const dispatcher = new Dispatcher({
      ring,
      worker,
      handlers,
      nodes: seat.nodes,
      directories: seat.directories,
      openFiles: seat.openFiles,
      handles: new FileHandleTable(worker, seat.generation),
      text: textCodec(definition.encoding),
      cache,
      ownership: options.ownership,
      notifier,
      log: (message) => log('error', message),
      transport,
      onAnswered: (opcode, elapsedNs) =>
        histograms[opcode]?.record(Math.max(1, Math.round(elapsedNs))),
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
