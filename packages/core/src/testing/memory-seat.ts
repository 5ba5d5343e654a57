// One worker of a session that is served in memory: what a thread of the pool has, without the thread.

import type { WorkerIndex } from '../base/ids.js'
import { Dispatcher, RequestPump, tracedTransport } from '../dispatch/index.js'
import { FileHandleTable, type InodeHandlers, type Text, type TextCodec } from '../inode/index.js'
import type { RequestRing } from '../ring/index.js'
import type {
  BackingFiles,
  CachePolicy,
  Clock,
  DeviceEndpoint,
  DirectoryTable,
  MemoryLockManager,
  MemoryNodeTable,
  MemoryNotificationChannel,
  Notifier,
  OpenFileTable,
  Ownership,
} from '../session/index.js'
import type { RingReader } from './ring-reader.js'
import { RingTransport } from './ring-transport.js'

export interface MemorySeatParts {
  readonly worker: WorkerIndex
  readonly ring: RequestRing
  readonly endpoint: DeviceEndpoint
  readonly nodes: MemoryNodeTable
  readonly clock: Clock
  readonly reader: RingReader
  readonly locks: MemoryLockManager
  readonly directories: DirectoryTable
  readonly notifications: MemoryNotificationChannel
  readonly notifier: Notifier
  readonly openFiles: OpenFileTable
  readonly backingFiles: BackingFiles
  readonly handlers: InodeHandlers<Text, number | object>
  readonly text: TextCodec
  readonly cache: CachePolicy
  readonly ownership: Ownership | undefined
  readonly log: (message: string) => void
  /** Gets a line for each request that is answered. */
  readonly trace?: ((line: string) => void) | undefined
  /** Asks for a turn of a seat, later: never from within this call. */
  readonly wake: (worker: WorkerIndex) => void
}

export class MemorySeat {
  readonly dispatcher: Dispatcher
  readonly handles: FileHandleTable
  /** The session's end has reached this seat. */
  readonly ended: Promise<void>
  readonly #pump: RequestPump

  constructor(parts: MemorySeatParts) {
    const { ring, worker, trace } = parts
    const own = new RingTransport(parts)
    const transport = trace === undefined ? own : tracedTransport(own, ring, trace)
    this.handles = new FileHandleTable(worker, own.generation)
    this.dispatcher = new Dispatcher({ ...parts, handles: this.handles, transport })
    let onEnd: () => void = () => undefined
    this.ended = new Promise((resolve) => {
      onEnd = resolve
    })
    this.#pump = new RequestPump(ring, worker, transport, this.dispatcher, onEnd)
  }

  /** Serves what waits, as the worker's bell brings it about. */
  turn(): void {
    this.#pump.turn()
  }
}
