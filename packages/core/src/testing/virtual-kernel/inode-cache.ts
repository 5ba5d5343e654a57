// What the kernel remembers of the daemon's answers: inodes with their lookup counts, names, open files,
// cached pages. Replies fill it, FORGET and notifications empty it (fs/fuse/inode.c, fs/fuse/dir.c).

import type { FileHandle } from '../../base/ids.js'
import type { Backing } from './backing-registry.js'
import type { OpenMode } from './open-modes.js'

const S_IFMT = 0o170000
const PAGE = 4096

/** A node that the kernel knows. */
export interface CachedInode {
  /** As the daemon gave it. */
  readonly nodeid: bigint
  /** S_IFMT bits of its mode. */
  readonly type: number
  /** Raised by each entry that the daemon gave. */
  nlookup: bigint
  /** Bytes, by the last attributes. */
  size: bigint
  areAttributesValid: boolean
  /** Bytes by page number. */
  readonly pages: Map<bigint, Uint8Array>
}

/** A name that the kernel knows. */
export interface CachedDentry {
  /** What the name stands for. */
  readonly nodeid: bigint
  /** NOTIFY_INC_EPOCH and EXPIRE_ONLY leave the name, to be looked up again. */
  isStale: boolean
}

/** A file or directory that is open. */
export interface OpenedFile extends OpenMode {
  /** Of the node that is open. */
  readonly nodeid: bigint
  readonly fh: FileHandle
  readonly isDirectory: boolean
  /** O_* flags of the open. */
  readonly flags: number
  /** No client got it: it counts for nothing until its RELEASE. */
  readonly isUnwanted?: boolean
}

/** An entry reply's facts; see fuse_entry_out. */
export interface GivenEntry {
  readonly nodeid: bigint
  readonly mode: number
  readonly size: bigint
}

/** What the kernel remembers of nodes and names. */
export class InodeCache {
  /** What a backing id stands for; nothing on a connection without passthrough. */
  backingOf: (id: number) => Backing | undefined = () => undefined
  readonly #inodes = new Map<bigint, CachedInode>()
  readonly #dentries = new Map<string, CachedDentry>()
  readonly #opened: OpenedFile[] = []

  constructor() {
    this.#inodes.set(1n, newInode({ nodeid: 1n, mode: 0o040000, size: 0n }))
  }

  get inodes(): Iterable<CachedInode> {
    return this.#inodes.values()
  }

  get openedFiles(): readonly OpenedFile[] {
    return this.#opened
  }

  inode(nodeid: bigint): CachedInode | undefined {
    return this.#inodes.get(nodeid)
  }

  dentry(parent: bigint, name: string): CachedDentry | undefined {
    return this.#dentries.get(key(parent, name))
  }

  /** Counts an entry; returns the inode as it was before, whose type may be another. An O_TMPFILE has no name. */
  addEntry(given: GivenEntry, parent?: bigint, name?: string): CachedInode | undefined {
    const before = this.#inodes.get(given.nodeid)
    const type = given.mode & S_IFMT
    const inode = before?.type === type ? before : newInode(given)
    inode.nlookup = (before?.nlookup ?? 0n) + 1n
    inode.areAttributesValid = true
    this.#inodes.set(given.nodeid, inode)
    if (parent !== undefined && name !== undefined)
      this.#dentries.set(key(parent, name), { nodeid: given.nodeid, isStale: false })
    return before === inode ? undefined : before
  }

  removeDentry(parent: bigint, name: string): void {
    this.#dentries.delete(key(parent, name))
  }

  moveDentry(parent: bigint, name: string, newParent: bigint, newName: string): void {
    const dentry = this.dentry(parent, name)
    this.removeDentry(parent, name)
    if (dentry !== undefined) this.#dentries.set(key(newParent, newName), dentry)
  }

  exchangeDentries(parent: bigint, name: string, newParent: bigint, newName: string): void {
    const first = this.dentry(parent, name)
    const second = this.dentry(newParent, newName)
    this.removeDentry(parent, name)
    this.removeDentry(newParent, newName)
    if (first !== undefined) this.#dentries.set(key(newParent, newName), first)
    if (second !== undefined) this.#dentries.set(key(parent, name), second)
  }

  makeDentriesStale(): void {
    for (const dentry of this.#dentries.values()) dentry.isStale = true
  }

  /** The kernel takes its references back; returns how many it may: never more than were given. */
  forget(nodeid: bigint, nlookup: bigint): void {
    const inode = this.#inodes.get(nodeid)
    if (inode === undefined || nodeid === 1n) return
    inode.nlookup -= nlookup
    if (inode.nlookup > 0n) return
    this.#inodes.delete(nodeid)
    for (const [name, dentry] of this.#dentries) {
      if (dentry.nodeid === nodeid) this.#dentries.delete(name)
    }
  }

  /** Neither named, nor open, nor the parent of a name. */
  isUnused(nodeid: bigint): boolean {
    if (nodeid === 1n || this.#opened.some((file) => file.nodeid === nodeid)) return false
    const prefix = `${nodeid}/`
    for (const [name, dentry] of this.#dentries) {
      if (dentry.nodeid === nodeid || name.startsWith(prefix)) return false
    }
    return true
  }

  /** Names of an inode that nothing below or above holds in use: what NOTIFY_PRUNE may drop. */
  dropUnusedDentries(nodeid: bigint): void {
    const prefix = `${nodeid}/`
    for (const name of this.#dentries.keys()) if (name.startsWith(prefix)) return
    if (this.#opened.some((file) => file.nodeid === nodeid)) return
    for (const [name, dentry] of this.#dentries) {
      if (dentry.nodeid === nodeid) this.#dentries.delete(name)
    }
  }

  /** What clients have open of a regular file. */
  opensOf(nodeid: bigint): readonly OpenedFile[] {
    return this.#opened.filter(
      (file) => file.nodeid === nodeid && !file.isDirectory && file.isUnwanted !== true,
    )
  }

  addOpened(file: OpenedFile): void {
    this.#opened.push(file)
  }

  removeOpened(nodeid: bigint, fh: FileHandle): void {
    const index = this.#opened.findIndex((file) => file.nodeid === nodeid && file.fh === fh)
    if (index >= 0) this.#opened.splice(index, 1)
  }

  hasChildren(nodeid: bigint): boolean {
    const prefix = `${nodeid}/`
    return [...this.#dentries.keys()].some((name) => name.startsWith(prefix))
  }

  /** Puts data into the page cache and extends the size, as NOTIFY_STORE does. */
  storePages(inode: CachedInode, offset: bigint, data: Uint8Array): void {
    for (let done = 0; done < data.byteLength; ) {
      const position = offset + BigInt(done)
      const within = Number(position % BigInt(PAGE))
      const count = Math.min(PAGE - within, data.byteLength - done)
      const number = position / BigInt(PAGE)
      const page = inode.pages.get(number) ?? new Uint8Array(PAGE)
      page.set(data.subarray(done, done + count), within)
      inode.pages.set(number, page)
      done += count
    }
    const end = offset + BigInt(data.byteLength)
    if (end > inode.size) inode.size = end
  }

  /** What is cached from `offset` on without a gap, at most `length` bytes and to the file's end. */
  cachedBytes(inode: CachedInode, offset: bigint, length: number): Uint8Array {
    const pieces: Uint8Array[] = []
    const left = inode.size - offset
    let wanted = left < BigInt(length) ? Math.max(0, Number(left)) : length
    for (let position = offset; wanted > 0; ) {
      const page = inode.pages.get(position / BigInt(PAGE))
      if (page === undefined) break
      const within = Number(position % BigInt(PAGE))
      const piece = page.subarray(within, within + wanted)
      pieces.push(piece)
      wanted -= piece.byteLength
      position += BigInt(piece.byteLength)
    }
    return Buffer.concat(pieces)
  }

  /** Drops pages from `offset` on; a length of 0 or less reaches to the end. */
  dropPages(inode: CachedInode, offset: bigint, length: bigint): void {
    const first = offset / BigInt(PAGE)
    const last = length <= 0n ? undefined : (offset + length - 1n) / BigInt(PAGE)
    for (const number of inode.pages.keys()) {
      if (number >= first && (last === undefined || number <= last)) inode.pages.delete(number)
    }
  }
}

function newInode({ nodeid, mode, size }: GivenEntry): CachedInode {
  const type = mode & S_IFMT
  return { nodeid, type, nlookup: 0n, size, areAttributesValid: true, pages: new Map() }
}

function key(parent: bigint, name: string): string {
  return `${parent}/${name}`
}
