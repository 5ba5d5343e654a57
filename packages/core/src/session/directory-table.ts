// Open directories whose handle any worker may be asked about: the handler's integer and the listing
// taken at the first READDIR, as wire records. A record's cookie is the offset of the next record,
// so that a listing can be continued by any worker, in constant time, while the directory changes.

import type { DirectoryId } from '../base/ids.js'

/** Shared by all workers of a session; production uses the native table. */
export interface DirectoryTable {
  /** A new open directory; returns its id, which goes to the kernel as fh. */
  open(handle: number): DirectoryId
  /** The handler's integer, or undefined when the id is unknown. */
  handle(id: DirectoryId): number | undefined
  /** Keeps a copy of the listing; a second call replaces it (rewinddir). No bytes are no listing. */
  store(id: DirectoryId, records: Uint8Array): void
  /**
   * Copies whole records from `cookie` on into `target`.
   * @returns bytes copied; 0 at the end; -1 when no listing is stored
   */
  read(id: DirectoryId, cookie: number, target: Uint8Array): number
  /** The directory is closed, its listing with it; unknown ids are ignored. */
  close(id: DirectoryId): void
}

/** Bytes of the longest run of whole fuse_dirent records in `records` from `start` that fit in `room`. */
export function wholeRecords(records: Uint8Array, start: number, room: number): number {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  let end = start
  while (end + 24 <= records.byteLength) {
    // No 32-bit arithmetic: behind a wrong cookie anything may stand as name length.
    const length = Math.ceil((24 + view.getUint32(end + 16, true)) / 8) * 8
    if (end + length > records.byteLength || end + length - start > room) break
    end += length
  }
  return end - start
}

interface OpenDirectory {
  readonly handle: number
  records: Uint8Array | undefined
}

/** Open directories of one thread. */
export class MemoryDirectoryTable implements DirectoryTable {
  readonly #open = new Map<DirectoryId, OpenDirectory>()
  #next: DirectoryId = 1

  open(handle: number): DirectoryId {
    this.#open.set(this.#next, { handle, records: undefined })
    return this.#next++
  }

  handle(id: DirectoryId): number | undefined {
    return this.#open.get(id)?.handle
  }

  store(id: DirectoryId, records: Uint8Array): void {
    const directory = this.#open.get(id)
    if (directory !== undefined)
      directory.records = records.byteLength === 0 ? undefined : Uint8Array.from(records)
  }

  read(id: DirectoryId, cookie: number, target: Uint8Array): number {
    const records = this.#open.get(id)?.records
    if (records === undefined) return -1
    if (cookie >= records.byteLength) return 0
    const length = wholeRecords(records, cookie, target.byteLength)
    target.set(records.subarray(cookie, cookie + length))
    return length
  }

  close(id: DirectoryId): void {
    this.#open.delete(id)
  }
}
