// What handlers are given and what they return, in both APIs. Methods stand in inode-handlers.ts and
// path/path-handlers.ts.

import type { Nodeid } from '../base/ids.js'
import type { Attributes } from '../protocol/index.js'

/** Handlers may be sync or async. */
export type Awaitable<V> = V | Promise<V>

/** A name or path: string under encoding 'utf8' (invalid bytes are lone surrogates), Buffer under 'buffer'. */
export type Text = string | Buffer

export type { KernelHandle, LockOwner, Nodeid, WorkerIndex } from '../base/ids.js'

/** A node that the kernel knows. Readable in every worker; keep nothing per node that another worker needs. */
export interface InodeNode<T extends Text = string> {
  readonly nodeid: Nodeid
  /** What `lookup` returned as identity; empty for the root. */
  readonly identity: Uint8Array
  /** Path below the root without leading '/', '' for the root; undefined once no name leads there. */
  readonly path: T | undefined
}

/** An open file or directory as handlers see it. */
export interface OpenFile<T extends Text = string, H extends number | object = number> {
  readonly node: InodeNode<T>
  /** What `open`, `create` or `opendir` gave; 0 if nothing. */
  readonly handle: H
  /** Open flags (O_*) where the request carries them, else 0. */
  readonly flags: number
}

/** A new reference to a node, for the kernel to cache. */
export interface Entry {
  /** 1 to 64 bytes that tell this object from all others, now and later; without it the name does. */
  readonly identity?: Uint8Array
  readonly attributes: Attributes
  /** How long the kernel may trust the name, in ms from 0; the definition's `cache` if absent. */
  readonly entryTimeoutMs?: number
  /** How long the kernel may trust the attributes, in ms from 0; the definition's `cache` if absent. */
  readonly attributesTimeoutMs?: number
}

/** Details of an open file. A bare handle, or nothing, does as well. */
export interface OpenResult<H extends number | object = number> {
  /** A safe integer makes a handle that any worker serves; an object stays in this worker. */
  readonly handle?: H
  /** Keep cached pages of earlier opens (FOPEN_KEEP_CACHE). */
  readonly keepCache?: boolean
  /** No page cache; reads and writes come as the client makes them (FOPEN_DIRECT_IO). */
  readonly directIo?: boolean
  /** lseek(2) fails (FOPEN_NONSEEKABLE). */
  readonly nonseekable?: boolean
  /** There is no file position, as with a pipe (FOPEN_STREAM). */
  readonly stream?: boolean
  /** No FLUSH at close(2); of no effect with write-back (FOPEN_NOFLUSH). */
  readonly noFlush?: boolean
  /** With `directIo`: several writes at once, where none extends the file (FOPEN_PARALLEL_DIRECT_WRITES). */
  readonly parallelDirectWrites?: boolean
  /** Of a directory: the kernel may cache its listing (FOPEN_CACHE_DIR); by `keepCache` it is kept for later opens. */
  readonly cacheDirectory?: boolean
  /**
   * Of a regular file: an open descriptor of the file that holds its data, to and from which the kernel reads, writes
   * and maps without asking, where the mount has PASSTHROUGH (`want`); elsewhere it is of no effect, and `read` and
   * `write` are called. It stays the handler's, who may close it as soon as `release` comes. A node has one backing file at
   * a time: docs/passthrough.md.
   */
  readonly backingFd?: number
}

/** What open, create and opendir may return; nothing stands for the handle 0. */
export type OpenReturn<H extends number | object> = undefined | void | H | OpenResult<H>

/** Only what `chmod`, `chown`, `truncate` or `utimens` asked to change is present. */
export interface AttributeChanges {
  /** Permission bits, without the file type. */
  readonly mode?: number
  /** The new owner, 0 to 2^32-2. */
  readonly uid?: number
  /** The new group, 0 to 2^32-2. */
  readonly gid?: number
  /** Bytes, 0 to 2^53-1; larger ones are EFBIG before a handler is called. */
  readonly size?: number
  /** Nanoseconds since the epoch, or the filesystem's own clock. */
  readonly atime?: bigint | 'now'
  /** As `atime`. */
  readonly mtime?: bigint | 'now'
  /** Nanoseconds since the epoch; with WRITEBACK_CACHE only (fs/fuse/dir.c iattr_to_fattr()). */
  readonly ctime?: bigint
}

/** What an `ioctl` handler learns besides the data. */
export interface IoctlDetails {
  /** The caller's third argument, 64 bits: a pointer into its memory, or a value where the command has no data. */
  readonly argument: bigint
  /** `file` is an open directory (FUSE_IOCTL_DIR). */
  readonly isDirectory: boolean
  /** A 32-bit caller on a 64-bit kernel (FUSE_IOCTL_COMPAT, FUSE_IOCTL_COMPAT_X32). */
  readonly isCompat: boolean
  /** Sizes and alignment in the data are those of 32 bits (FUSE_IOCTL_32BIT). */
  readonly is32Bit: boolean
}

/** What ioctl(2) returns, 0 to 2^31-1 and 0 if absent; and what the caller's memory gets. */
export type IoctlReturn =
  | number
  | undefined
  | void
  | {
      readonly result?: number
      /** At most the `outputSize` that was asked for. */
      readonly data?: Uint8Array
    }

/** One name of a directory; a bare name, or node's Dirent, does as well. */
export interface DirectoryEntry<T extends Text = string> {
  readonly name: T
  /** st_ino, which readdir(3) tells as d_ino; that of `attributes` if absent, else unknown. */
  readonly ino?: number | bigint
  /** S_IFMT bits of the mode, for d_type; those of `attributes` if absent. */
  readonly type?: number
  /**
   * All of them, as `getattr` would tell them now: the kernel then needs no LOOKUP of the name (READDIRPLUS). Without
   * cookies those of one reply's worth of entries are used, since they would be old by the next.
   */
  readonly attributes?: Attributes
  /** As in Entry, with `attributes`; of the inode API. */
  readonly identity?: Uint8Array
  /** As in Entry, in ms. */
  readonly entryTimeoutMs?: number
  /** As in Entry, in ms. */
  readonly attributesTimeoutMs?: number
  /**
   * Where the listing goes on behind this entry, 1 to 2^63-1, but 2^63-2 and 2^63-3: the handler gets it as offset.
   * If one entry has a cookie, all must; the handler is asked for more as the client reads, and nothing is kept.
   */
  readonly cookie?: number | bigint
}

/** As node's Dirent. */
export interface DirentLike<T extends Text = string> {
  readonly name: T
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isCharacterDevice(): boolean
  isBlockDevice(): boolean
}

/**
 * Names of a directory, '.' and '..' with them or not; with cookies the dots come first or not at all. Without
 * cookies all of it is taken at once and kept while the directory is open; with them, no more than asked for.
 */
export type Listing<T extends Text> =
  | Iterable<T | DirectoryEntry<T> | DirentLike<T>>
  | AsyncIterable<T | DirectoryEntry<T> | DirentLike<T>>

/** What a lock request asks for. */
export type LockAction = 'read' | 'write' | 'unlock'

/** A range of a file and how it is locked. Both ends count; an `end` of 2^63-1 reaches to the end of the file. */
export interface FileLock {
  readonly type: 'read' | 'write'
  /** First byte. */
  readonly start: bigint
  /** Last byte, 2^63-1 for the end of the file. */
  readonly end: bigint
  /** Of the process that holds it, in the mounter's pid namespace; 0 if not known. */
  readonly pid: number
}

/** What fcntl(2) asks for. */
export interface LockChange {
  readonly type: LockAction
  /** First byte. */
  readonly start: bigint
  /** Last byte, 2^63-1 for the end of the file. */
  readonly end: bigint
  /** Of the process that asks, in the mounter's pid namespace; 0 with 'unlock'. */
  readonly pid: number
  /** F_SETLKW: settle when the lock is had, and let `context.signal` end it with EINTR. */
  readonly wait: boolean
}

/** What flock(2) asks for: LOCK_SH, LOCK_EX or LOCK_UN; `wait` unless LOCK_NB. */
export interface FlockChange {
  readonly type: LockAction
  /** As in LockChange. */
  readonly pid: number
  readonly wait: boolean
}

/** A node whose lookup count is zero: the kernel will not name it again. */
export interface ForgottenNode {
  readonly nodeid: Nodeid
  /** What `lookup` returned; empty if nothing. */
  readonly identity: Uint8Array
}
