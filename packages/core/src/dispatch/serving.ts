// What one worker serves with: its views of the shared memory, its handlers, the session's shared tables.
// Operations get it as first argument; nothing here belongs to a single request.

import type { High32, Low32, Nodeid, WorkerIndex } from '../base/ids.js'
import type { FileHandleTable, InodeHandlers, OpenFile, Text, TextCodec } from '../inode/index.js'
import { FsError, type NodeReference } from '../inode/index.js'
import { InitFlag, readFields, WireReader, WireWriter, writeFields } from '../protocol/index.js'
import { BODY_CAPACITY, type RequestRing } from '../ring/index.js'
import {
  type BackingFiles,
  type CachePolicy,
  type DirectoryTable,
  type NodeTable,
  type Notifier,
  type OpenFileTable,
  type Ownership,
  type WorkerLocks,
  writebackOpenFlags,
} from '../session/index.js'
import { ObjectDirectory } from './object-directory.js'
import { PollHandles } from './poll-handles.js'
import { RecentReferences } from './recent-references.js'
import type { Request } from './request.js'

/** What a worker is given to serve with. */
export interface ServingParts {
  readonly ring: RequestRing
  readonly worker: WorkerIndex
  readonly handlers: InodeHandlers<Text, number | object>
  readonly nodes: NodeTable
  readonly directories: DirectoryTable
  readonly openFiles: OpenFileTable
  readonly backingFiles: BackingFiles
  readonly handles: FileHandleTable
  readonly text: TextCodec
  readonly cache: CachePolicy
  /** Shown in place of the filesystem's. */
  readonly ownership?: Ownership | undefined
  /** For handlers of POLL; without it nobody is woken. */
  readonly notifier?: Pick<Notifier, 'pollWakeup'>
  readonly log: (message: string) => void
}

/** What operations get besides the request. */
export class Serving implements Omit<ServingParts, 'notifier'> {
  readonly ring: RequestRing
  readonly worker: WorkerIndex
  readonly handlers: InodeHandlers<Text, number | object>
  readonly nodes: NodeTable
  readonly directories: DirectoryTable
  readonly locks: WorkerLocks
  readonly openFiles: OpenFileTable
  readonly backingFiles: BackingFiles
  readonly handles: FileHandleTable
  readonly text: TextCodec
  readonly cache: CachePolicy
  readonly ownership: Ownership | undefined
  readonly pollHandles: PollHandles
  readonly log: (message: string) => void
  readonly #recent: RecentReferences
  /** Over the request being decoded; valid until the handler is called. */
  readonly reader: WireReader
  /** Of the READ, or the WRITE, being decoded. */
  readonly readFields: ReturnType<typeof readFields> = readFields()
  readonly writeFields: ReturnType<typeof writeFields> = writeFields()
  /** Over what is being encoded; of a reply's body see `replyBody`. */
  readonly writer: WireWriter

  constructor(parts: ServingParts, locks: WorkerLocks) {
    this.ring = parts.ring
    this.worker = parts.worker
    this.handlers = parts.handlers
    this.nodes = parts.nodes
    this.directories = parts.directories
    this.locks = locks
    this.openFiles = parts.openFiles
    this.backingFiles = parts.backingFiles
    this.handles = parts.handles
    this.text = parts.text
    this.cache = parts.cache
    this.ownership = parts.ownership
    const { notifier, log } = parts
    this.pollHandles = new PollHandles((handle) => {
      notifier?.pollWakeup(handle).catch((error: unknown) => log(`poll: ${error}`))
    })
    this.log = parts.log
    this.#recent = new RecentReferences(parts.nodes, parts.text)
    this.reader = new WireReader(this.ring.view, this.ring.bytes)
    this.writer = new WireWriter(this.ring.view, this.ring.bytes)
  }

  /** For the reply's fixed part; what does not fit is ERR_FUSE_NO_SPACE. */
  replyBody(request: Request): WireWriter {
    const { writer } = this
    writer.reset(request.bodyOffset, request.bodyOffset + BODY_CAPACITY)
    return writer
  }

  node(nodeid: Nodeid): NodeReference {
    return this.#recent.node(nodeid)
  }

  /** A client's O_* as handlers see them: others than asked for under write-back. */
  openFlags(flags: number): number {
    return this.ring.isGranted(InitFlag.WRITEBACK_CACHE) ? writebackOpenFlags(flags) : flags
  }

  /**
   * An open file of a node that no name leads to: what the kernel asks of it by its nodeid alone. The reader has
   * brought the request to the worker that keeps the handle, if it is an object.
   */
  unnamedFile(nodeid: Nodeid): OpenFile<Text, number | object> | undefined {
    // Nearly all have a name, and to learn that costs least.
    if (this.node(nodeid).isNamed) return undefined
    const opened = this.openFiles.find(nodeid)
    if (opened === undefined) return undefined
    const handle = this.handles.decode(opened.low, opened.high)
    return handle === undefined ? undefined : { node: this.node(nodeid), handle, flags: 0 }
  }

  /** @throws FsError EBADF when the handle is not, or no longer, that of a file of this worker */
  file(
    nodeid: Nodeid,
    fhLow: Low32<'fh'>,
    fhHigh: High32<'fh'>,
    flags: number,
  ): OpenFile<Text, number | object> {
    const handle = this.handles.decode(fhLow, fhHigh)
    if (handle === undefined || handle instanceof ObjectDirectory)
      throw new FsError('EBADF', 'the handle belongs to no open file of this worker')
    return this.#recent.file(nodeid, fhLow, handle, this.openFlags(flags))
  }

  /** The kernel will name the handle no more. */
  freeHandle(nodeid: Nodeid, fhLow: Low32<'fh'>, fhHigh: High32<'fh'>): void {
    this.handles.free(fhLow, fhHigh)
    this.#recent.dropFile(nodeid, fhLow)
  }
}
