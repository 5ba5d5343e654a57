// Which handles are open on which node, for requests on a node that no name leads to: what a handle of the file
// would have told the handler by its path, an open one must tell. Production uses the native table, where the reader
// finds the worker that keeps an object handle.

import type { High32, Low32, Nodeid, WorkerIndex } from '../base/ids.js'
import { objectOwner } from './object-handle.js'

/** fh as its two 32-bit halves. */
export interface OpenHandle {
  readonly low: Low32<'fh'>
  readonly high: High32<'fh'>
}

interface OpenedHandle extends OpenHandle {
  /** O_* that the handler has opened with. */
  readonly flags: number
}

/** Shared by all workers of a session. Directories are not in it. */
export interface OpenFileTable {
  /**
   * An open that is about to be told to the kernel. The same handle may be open several times.
   * @param flags O_* that the handler has opened with, for a RELEASE that the kernel does not send
   */
  add(nodeid: Nodeid, low: Low32<'fh'>, high: High32<'fh'>, flags: number): void
  /** One open of that handle is over; unknown ones are ignored. */
  remove(nodeid: Nodeid, low: Low32<'fh'>, high: High32<'fh'>): void
  /** The handle that was opened last and is open; undefined if none is. */
  find(nodeid: Nodeid): OpenHandle | undefined
  /** Opens that are not over. */
  readonly size: number
}

/** Open files of one thread. */
export class MemoryOpenFileTable implements OpenFileTable {
  readonly #open = new Map<Nodeid, OpenedHandle[]>()
  #size = 0

  add(nodeid: Nodeid, low: Low32<'fh'>, high: High32<'fh'>, flags = 0): void {
    const handles = this.#open.get(nodeid)
    if (handles === undefined) this.#open.set(nodeid, [{ low, high, flags }])
    else handles.push({ low, high, flags })
    this.#size += 1
  }

  remove(nodeid: Nodeid, low: Low32<'fh'>, high: High32<'fh'>): void {
    const handles = this.#open.get(nodeid) ?? []
    const index = handles.findLastIndex((handle) => handle.low === low && handle.high === high)
    if (index < 0) return
    handles.splice(index, 1)
    this.#size -= 1
    if (handles.length === 0) this.#open.delete(nodeid)
  }

  find(nodeid: Nodeid): OpenHandle | undefined {
    const handle = this.#open.get(nodeid)?.at(-1)
    return handle === undefined ? undefined : { low: handle.low, high: handle.high }
  }

  isOpen(nodeid: Nodeid, { low, high }: OpenHandle): boolean {
    const handles = this.#open.get(nodeid) ?? []
    return handles.some((handle) => handle.low === low && handle.high === high)
  }

  /** All opens that are not over. */
  list(): (OpenedHandle & { readonly nodeid: Nodeid })[] {
    return [...this.#open].flatMap(([nodeid, handles]) =>
      handles.map((handle) => ({ nodeid, ...handle })),
    )
  }

  get size(): number {
    return this.#size
  }

  /** The worker has ended, and its objects with it. */
  dropWorker(worker: WorkerIndex): void {
    for (const [nodeid, handles] of [...this.#open]) {
      for (const { low, high } of [...handles]) {
        if (objectOwner(high)?.worker === worker) this.remove(nodeid, low, high)
      }
    }
  }
}
