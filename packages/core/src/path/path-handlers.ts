// The path API: `fuse_operations` of libfuse for TypeScript, on top of the inode API. Paths begin with '/';
// '/' is the root; the path of an unlinked file, known by its handle only, is empty.
// One optional method per operation; absence says "not supported".

import type {
  AttributeChanges,
  Awaitable,
  FileLock,
  FlockChange,
  IoctlDetails,
  IoctlReturn,
  Listing,
  LockChange,
  OpenReturn,
  Text,
} from '../inode/index.js'
import type { Attributes, StatfsResult, StatxAttributes } from '../protocol/index.js'
import type { PollHandle, RequestContext } from '../session/index.js'

/** An open file or directory as path handlers see it. */
export interface PathFile<T extends Text = string, H extends number | object = number> {
  /** The path at the time of this request; empty once the file was unlinked. */
  readonly path: T
  /** What `open`, `create` or `opendir` gave; 0 if nothing. */
  readonly handle: H
  /** Open flags (O_*) where the request carries them, else 0. */
  readonly flags: number
}

/**
 * `fuse_operations` for TypeScript. T: names and paths. H: handles of files and directories. What is not said here is
 * as in InodeHandlers: units, ranges, errors, who owns a buffer until when, and what clients get where a method is
 * absent. Without `getattr` there is no filesystem. ESTALE answers what concerns a node to which no name leads any
 * more and that the request does not name by an open file.
 */
export interface PathHandlers<T extends Text = string, H extends number | object = number> {
  /** Also answers LOOKUP, and describes what was made; ENOENT when there is nothing at `path`. */
  getattr?(
    path: T,
    file: PathFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<Attributes>
  /** chmod, chown, truncate and utimens in one; attributes are asked for by `getattr` afterwards. */
  setattr?(
    path: T,
    changes: AttributeChanges,
    file: PathFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<void>
  /** The target, 1 to 4095 bytes. */
  readlink?(path: T, context: RequestContext): Awaitable<T>
  /** Makes `path` a link to `target`. */
  symlink?(target: T, path: T, context: RequestContext): Awaitable<void>
  /** `mode` with the file type; `rdev` in the kernel's 32-bit encoding. */
  mknod?(path: T, mode: number, rdev: number, context: RequestContext): Awaitable<void>
  /** `mode`: permission bits only. */
  mkdir?(path: T, mode: number, context: RequestContext): Awaitable<void>
  /** Files that are open live on, with an empty path. */
  unlink?(path: T, context: RequestContext): Awaitable<void>
  /** ENOTEMPTY when something is in it. */
  rmdir?(path: T, context: RequestContext): Awaitable<void>
  /** `flags` as in InodeHandlers; a method that does not declare them gets none. */
  rename?(path: T, newPath: T, flags: number, context: RequestContext): Awaitable<void>
  /** Makes `newPath` another name of what is at `path`, or of `file` where it has none: made by `tmpfile`. */
  link?(
    path: T,
    newPath: T,
    file: PathFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<void>
  /** `flags`: O_* of open(2) without O_CREAT, O_EXCL and O_NOCTTY. */
  open?(path: T, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Makes and opens a regular file; `getattr` describes it afterwards. */
  create?(path: T, mode: number, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Makes and opens a file without a name in the directory `path`; its own path is empty, until `link`. */
  tmpfile?(path: T, mode: number, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Fills `buffer`, the handler's until it settles, and returns the count; or returns bytes of its own. */
  read?(
    file: PathFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number | Uint8Array>
  /**
   * Stores `buffer`, the handler's until it settles, and returns the count. Of cached pages (`context.fromPageCache`)
   * what it has not taken comes in further calls.
   */
  write?(
    file: PathFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number>
  /** Each close(2) of each descriptor. */
  flush?(file: PathFile<T, H>, context: RequestContext): Awaitable<void>
  /** Once per open, after its last user. */
  release?(file: PathFile<T, H>, context: RequestContext): Awaitable<void>
  /** Makes data, and unless `dataOnly` attributes, safe. */
  fsync?(file: PathFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
  /** As `open`, for listing a directory. */
  opendir?(path: T, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Serves READDIRPLUS too, with what attributes it gives. */
  readdir?(
    path: T,
    directory: PathFile<T, H>,
    offset: number | bigint,
    context: RequestContext,
  ): Awaitable<Listing<T>>
  /** In place of `readdir` where the kernel wants attributes as well. */
  readdirplus?(
    path: T,
    directory: PathFile<T, H>,
    offset: number | bigint,
    context: RequestContext,
  ): Awaitable<Listing<T>>
  /** As `release`. */
  releasedir?(directory: PathFile<T, H>, context: RequestContext): Awaitable<void>
  /** As `fsync`, for the names in a directory. */
  fsyncdir?(directory: PathFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
  /** Figures of whatever is at `path`. */
  statfs?(path: T, context: RequestContext): Awaitable<StatfsResult>
  /** All that was written reaches the store; fuseblk and virtiofs mounts only. */
  syncfs?(path: T, context: RequestContext): Awaitable<void>
  /** Not called on mounts with default_permissions. */
  access?(path: T, mask: number, context: RequestContext): Awaitable<void>
  /** `mode`: FALLOC_FL_*; range in bytes. */
  fallocate?(
    file: PathFile<T, H>,
    mode: number,
    offset: number,
    length: number,
    context: RequestContext,
  ): Awaitable<void>
  /** The next data (`whence` 3) or hole (4) from `offset` on; ENXIO when there is none. */
  lseek?(
    file: PathFile<T, H>,
    offset: number,
    whence: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  /** At most `length` bytes; returns how many. */
  copy_file_range?(
    source: PathFile<T, H>,
    position: number,
    target: PathFile<T, H>,
    targetPosition: number,
    length: number,
    context: RequestContext,
  ): Awaitable<number>
  /** Restricted ioctls; ENOTTY for unknown commands. */
  ioctl?(
    file: PathFile<T, H>,
    command: number,
    input: Buffer,
    outputSize: number,
    details: IoctlDetails,
    context: RequestContext,
  ): Awaitable<IoctlReturn>
  /** Which of `events` are there now; `handle.notify()` wakes who waits for others. */
  poll?(
    file: PathFile<T, H>,
    events: number,
    handle: PollHandle | undefined,
    context: RequestContext,
  ): Awaitable<number>
  /** Without it `getattr` is asked. */
  statx?(
    path: T,
    file: PathFile<T, H> | undefined,
    flags: number,
    mask: number,
    context: RequestContext,
  ): Awaitable<StatxAttributes>
  /** Block of the device that holds a block of the file; fuseblk mounts only. */
  bmap?(
    path: T,
    blocksize: number,
    block: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  /** `flags`: XATTR_CREATE 1, XATTR_REPLACE 2; `value` is the handler's until it settles. */
  setxattr?(
    path: T,
    name: T,
    value: Buffer,
    flags: number,
    context: RequestContext,
  ): Awaitable<void>
  /** The whole value; undefined or ENODATA when there is none. */
  getxattr?(path: T, name: T, context: RequestContext): Awaitable<Uint8Array | string | undefined>
  /** All names. */
  listxattr?(path: T, context: RequestContext): Awaitable<Iterable<T>>
  /** ENODATA when there is none. */
  removexattr?(path: T, name: T, context: RequestContext): Awaitable<void>
  /** As in InodeHandlers: the lock in the way of `wanted`, or undefined. */
  getlk?(
    file: PathFile<T, H>,
    wanted: FileLock,
    owner: bigint,
    context: RequestContext,
  ): Awaitable<FileLock | undefined>
  /** As in InodeHandlers: EAGAIN when another owner is in the way and `wait` is false. */
  setlk?(
    file: PathFile<T, H>,
    change: LockChange,
    owner: bigint,
    context: RequestContext,
  ): Awaitable<void>
  /** The same for flock(2). */
  flock?(
    file: PathFile<T, H>,
    change: FlockChange,
    owner: bigint,
    context: RequestContext,
  ): Awaitable<void>
  /** At the worker's end, after its last request. */
  dispose?(): Awaitable<void>
}
