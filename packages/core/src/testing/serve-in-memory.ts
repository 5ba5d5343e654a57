// Serves a filesystem to whoever sends it request messages: the whole way of a request but the kernel, the
// addon and the threads. For tests, of this package and of filesystems.

import {
  type FilesystemDefinition,
  isFilesystemDefinition,
  type RawSettings,
  readSettings,
} from '../definition/index.js'
import { type CacheTimes, Dispatcher, RequestPump } from '../dispatch/index.js'
import { FileHandleTable, type InodeHandlers, type Text, textCodec } from '../inode/index.js'
import { adaptPathHandlers, type PathHandlers } from '../path/index.js'
import { PAGE_SIZE, payloadSizeFor, RequestRing, ringByteLength } from '../ring/index.js'
import { MemoryDirectoryTable, MemoryNodeTable } from '../session/index.js'
import { RingTransport } from './ring-transport.js'
import { HandlerWatch } from './virtual-kernel/handler-watch.js'
import { MemoryKernel, type MemoryKernelOptions } from './virtual-kernel/memory-kernel.js'
import type { Reply } from './virtual-kernel/reply.js'
import type { RequestBuilder } from './virtual-kernel/request-builder.js'
import type { SentRequest } from './virtual-kernel/virtual-kernel.js'

export interface ServeOptions {
  /** Requests in flight, 1 to 256; 16 if absent. */
  readonly slotCount?: number
  /** Bytes, a multiple of 4096; 65536 if absent. */
  readonly maxWrite?: number
  /** Of bare handlers; a definition says it itself. */
  readonly encoding?: 'utf8' | 'buffer'
  readonly cache?: Partial<CacheTimes>
  /** For the options of a definition. */
  readonly set?: RawSettings
  readonly services?: unknown
  /** What the kernel offers. */
  readonly kernel?: MemoryKernelOptions
}

type Handlers = InodeHandlers<Text, number | object>

const DEFAULT_CACHE: CacheTimes = {
  entryTimeoutMs: 1000,
  attributesTimeoutMs: 1000,
  negativeTimeoutMs: 0,
}

/** A filesystem that is served; end it with `close`. */
export class MemorySession {
  readonly kernel: MemoryKernel
  readonly ring: RequestRing
  readonly nodes: MemoryNodeTable = new MemoryNodeTable()
  readonly directories: MemoryDirectoryTable = new MemoryDirectoryTable()
  readonly handles: FileHandleTable
  readonly dispatcher: Dispatcher
  /** What would go to the log: lines of the framework about the filesystem's mistakes. */
  readonly log: string[]
  readonly #handlers: Handlers
  readonly #pump: RequestPump
  readonly #ended: Promise<void>
  #scheduled = false

  /** @param log gets the lines; for a log that began before there were handlers */
  constructor(handlers: Handlers, options: ServeOptions = {}, log: string[] = []) {
    const { slotCount = 16, maxWrite = 65536, encoding = 'utf8', cache } = options
    const wake = (): void => this.#schedule()
    const watch = new HandlerWatch()
    this.#handlers = handlers
    this.log = log
    this.kernel = this.#connect(watch, options)
    this.kernel.initialize({ maxWrite })
    this.kernel.device.onReadable = wake
    this.ring = createRing(slotCount, maxWrite)
    if (handlers.forget !== undefined) this.nodes.keepForgotten()
    const { ring, nodes, directories } = this
    const transport = new RingTransport({ ring, endpoint: this.kernel.device, nodes, wake })
    this.handles = new FileHandleTable(0, transport.generation)
    this.dispatcher = new Dispatcher({
      ring,
      worker: 0,
      handlers: watch.watch(handlers),
      nodes,
      directories,
      handles: this.handles,
      text: textCodec(encoding),
      cache: { ...DEFAULT_CACHE, ...cache },
      log: (message) => this.log.push(message),
      transport,
    })
    let onEnd: () => void = () => undefined
    this.#ended = new Promise((resolve) => {
      onEnd = resolve
    })
    this.#pump = new RequestPump(ring, 0, transport, this.dispatcher, onEnd)
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
  async forget(nodeid: number, nlookup: number | bigint): Promise<void> {
    this.kernel.requestSendNoReply(nodeid, nlookup)
    await this.settled()
  }

  /** A signal for the client. Resolves when the INTERRUPT was taken up. */
  async interrupt(sent: SentRequest): Promise<void> {
    this.kernel.signal(sent)
    await this.settled()
  }

  /** What was sent has been read. */
  settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
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
      await this.#ended
      await this.#handlers.dispose?.()
    }
  }

  #connect(watch: HandlerWatch, options: ServeOptions): MemoryKernel {
    return new MemoryKernel({
      ...options.kernel,
      probe: {
        lookupCount: (nodeid) => this.nodes.lookupCount(nodeid),
        underflows: () => this.nodes.underflows,
        isAtWork: (unique) => watch.isAtWork(unique),
        openHandles: () => watch.openHandles,
      },
    })
  }

  /** The worker's event loop brings the next turn, as the bell does in production. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump.turn()
    })
  }
}

/**
 * Serves a definition, or inode handlers as they are, on this thread.
 * @throws FuseError ERR_FUSE_BAD_OPTION; what `create` throws
 */
export async function serveInMemory(
  filesystem: FilesystemDefinition | Handlers,
  options: ServeOptions = {},
): Promise<MemorySession> {
  if (!isFilesystemDefinition(filesystem)) return new MemorySession(filesystem, options)
  const log: string[] = []
  const created = await filesystem.create({
    options: readSettings(filesystem.options, options.set ?? {}, process.cwd()),
    worker: 0,
    log: (level, message) => log.push(`${level}: ${message}`),
    services: options.services,
  })
  const handlers =
    filesystem.level === 'path' ? adaptPathHandlers(created as PathHandlers<Text>) : created
  return new MemorySession(
    handlers as Handlers,
    {
      ...options,
      encoding: filesystem.encoding,
      cache: { ...filesystem.cache, ...options.cache },
    },
    log,
  )
}

function createRing(slotCount: number, maxWrite: number): RequestRing {
  const payloadSize = payloadSizeFor(maxWrite, maxWrite / PAGE_SIZE)
  const geometry = { slotCount, workerCount: 1, payloadSize }
  return RequestRing.create(
    { buffer: new SharedArrayBuffer(ringByteLength(geometry)), base: 0 },
    geometry,
  )
}
