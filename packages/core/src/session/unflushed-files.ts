// Which open files hold writes that no FLUSH or FSYNC has followed: the twin of node/unflushed-files.hpp, for one
// thread. By file and not by open, since a handle may be that of several opens.

import type { Nodeid } from '../base/ids.js'
import type { OpenHandle } from './open-file-table.js'

/** A handle, and the node that it is open on. */
export interface OpenFile extends OpenHandle {
  readonly nodeid: Nodeid
}

/** What a filesystem may not have stored yet. */
export class UnflushedFiles {
  readonly #written = new Map<string, { readonly file: OpenFile; lastWrite: number }>()
  #lastWrite = 0

  /** A write to the file has succeeded. */
  wrote(file: OpenFile): void {
    this.#lastWrite += 1
    this.#written.set(keyOf(file), { file, lastWrite: this.#lastWrite })
  }

  /** Names the file's last write, for the flush that begins now; 0 if none waits for one. */
  lastWrite(file: OpenFile): number {
    return this.#written.get(keyOf(file))?.lastWrite ?? 0
  }

  /** A flush has succeeded that began after this write; later ones still wait. */
  flushed(file: OpenFile, lastWrite: number): void {
    if (this.lastWrite(file) <= lastWrite) this.drop(file)
  }

  /** Nobody will flush it any more. */
  drop(file: OpenFile): void {
    this.#written.delete(keyOf(file))
  }

  /** The same for all of a node's. */
  dropNode(nodeid: Nodeid): void {
    for (const { file } of [...this.#written.values()]) if (file.nodeid === nodeid) this.drop(file)
  }

  list(): OpenFile[] {
    return [...this.#written.values()].map(({ file }) => file)
  }
}

/** The same for the same handle of the same node. */
export function keyOf({ nodeid, low, high }: OpenFile): string {
  return `${nodeid}/${high}/${low}`
}
