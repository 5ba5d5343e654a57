// The inode API: one optional method per operation, named as in libfuse's fuse_lowlevel_ops. A method that is
// absent is not supported, and the kernel is told so once. Subject first, context last; sync or async.
// Handlers fail by throwing an error with a POSIX `code`.

import type { LockOwner } from '../base/ids.js'
import type { Attributes, StatfsResult, StatxAttributes } from '../protocol/index.js'
import type { PollHandle, RequestContext } from '../session/index.js'
import type {
  AttributeChanges,
  Awaitable,
  Entry,
  FileLock,
  FlockChange,
  ForgottenNode,
  InodeNode,
  IoctlDetails,
  IoctlReturn,
  Listing,
  LockChange,
  OpenFile,
  OpenResult,
  OpenReturn,
  Text,
} from './handler-types.js'

/**
 * `fuse_lowlevel_ops` for TypeScript. T: names and paths. H: handles of files and directories.
 *
 * Where a method is absent, the kernel is told ENOSYS, remembers it for most operations, and clients get (fs/fuse/dir.c,
 * file.c, xattr.c, ioctl.c of Linux 6.18):
 *
 * | absent | clients |
 * |---|---|
 * | flush, fsync, fsyncdir, syncfs, access | success, and nothing is asked any more |
 * | setxattr, getxattr, listxattr, removexattr, fallocate, tmpfile | EOPNOTSUPP from then on |
 * | lseek | all is data and the end the only hole |
 * | copy_file_range | Linux reads and writes instead |
 * | poll | always readable and writable |
 * | ioctl | ENOTTY, asked each time |
 * | create | mknod, then open |
 * | bmap | nothing is known of blocks |
 * | link | ENOSYS, EPERM since Linux 7.3 |
 * | lookup, getattr, setattr, readlink, symlink, mknod, mkdir, unlink, rmdir, rename, read, write, readdir | ENOSYS |
 *
 * Not ENOSYS but an answer of the framework's: open and opendir succeed with the handle 0, release and releasedir
 * succeed, statfs tells a size of 0, statx is answered by getattr. A method that is there and throws ENOSYS is EIO.
 */
export interface InodeHandlers<T extends Text = string, H extends number | object = number> {
  /** Finds `name` in `parent`; undefined or ENOENT when there is none. */
  lookup?(parent: InodeNode<T>, name: T, context: RequestContext): Awaitable<Entry | undefined>
  /** The kernel has dropped its last reference to these; called on one worker, batched, never awaited for. */
  forget?(nodes: readonly ForgottenNode[]): Awaitable<void>
  /**
   * By `file` where a client asks with an open file of its own, as after ftruncate(2), and where no name leads to the
   * node, but a file is open; undefined elsewhere.
   */
  getattr?(
    node: InodeNode<T>,
    file: OpenFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<Attributes>
  /** chmod, chown, truncate, utimens. Returns the attributes as they are afterwards. */
  setattr?(
    node: InodeNode<T>,
    changes: AttributeChanges,
    file: OpenFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<Attributes>
  /** The target, 1 to 4095 bytes; passed on as it is, also if it leads nowhere. */
  readlink?(node: InodeNode<T>, context: RequestContext): Awaitable<T>
  /** `target` is whatever the client gave. */
  symlink?(parent: InodeNode<T>, name: T, target: T, context: RequestContext): Awaitable<Entry>
  /** `mode` with file type, umask applied by the kernel; `rdev` in the kernel's 32-bit encoding. */
  mknod?(
    parent: InodeNode<T>,
    name: T,
    mode: number,
    rdev: number,
    context: RequestContext,
  ): Awaitable<Entry>
  /** `mode`: permission bits without the file type, umask applied by the kernel. */
  mkdir?(parent: InodeNode<T>, name: T, mode: number, context: RequestContext): Awaitable<Entry>
  /** The node may still be open, or known to the kernel: it lives on until `forget`. */
  unlink?(parent: InodeNode<T>, name: T, context: RequestContext): Awaitable<void>
  /** ENOTEMPTY when something is in it. */
  rmdir?(parent: InodeNode<T>, name: T, context: RequestContext): Awaitable<void>
  /**
   * Replaces what stands at the new name. `flags` as renameat2(2): NOREPLACE 1, EXCHANGE 2, WHITEOUT 4, or 0; throw
   * EINVAL for those that cannot be honoured. For a method that does not declare `flags` the framework does so.
   */
  rename?(
    parent: InodeNode<T>,
    name: T,
    newParent: InodeNode<T>,
    newName: T,
    flags: number,
    context: RequestContext,
  ): Awaitable<void>
  /** The entry must carry the identity of `node`, if it has one. `file`: open, where no name leads to the node. */
  link?(
    node: InodeNode<T>,
    newParent: InodeNode<T>,
    newName: T,
    file: OpenFile<T, H> | undefined,
    context: RequestContext,
  ): Awaitable<Entry>
  /** `flags`: O_* of open(2) without O_CREAT, O_EXCL and O_NOCTTY. Without this method each open has the handle 0. */
  open?(node: InodeNode<T>, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Makes and opens a regular file in one step (O_CREAT, perhaps O_EXCL). */
  create?(
    parent: InodeNode<T>,
    name: T,
    mode: number,
    flags: number,
    context: RequestContext,
  ): Awaitable<Entry & OpenResult<H>>
  /** Makes and opens a regular file without a name (O_TMPFILE), which `link` may give it; without O_EXCL only. */
  tmpfile?(
    parent: InodeNode<T>,
    mode: number,
    flags: number,
    context: RequestContext,
  ): Awaitable<Entry & OpenResult<H>>
  /**
   * Fills `buffer` (its length is the size asked) from `position` and returns the count, 0 at the end; or
   * returns bytes of its own, at most as many. `buffer` may be used until the handler settles.
   */
  read?(
    file: OpenFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number | Uint8Array>
  /** Stores `buffer`, which may be used until the handler settles, and returns the count. */
  write?(
    file: OpenFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number>
  /** Each close(2) of each descriptor: errors here are what close(2) reports. */
  flush?(file: OpenFile<T, H>, context: RequestContext): Awaitable<void>
  /** Once per open, after the last user is gone; nobody sees its errors. */
  release?(file: OpenFile<T, H>, context: RequestContext): Awaitable<void>
  /** Resolves when the file's data, and unless `dataOnly` its attributes, are safe. */
  fsync?(file: OpenFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
  /** As `open`, for listing a directory. */
  opendir?(node: InodeNode<T>, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /**
   * Names from the cookie `offset` on, 0 being the start; without cookies the whole directory, asked for once per
   * open and after rewinddir(3). An offset above 2^53-1 is a bigint. Attributes serve for numbers and types only.
   */
  readdir?(
    directory: OpenFile<T, H>,
    offset: number | bigint,
    context: RequestContext,
  ): Awaitable<Listing<T>>
  /** As `readdir`, with the attributes of those entries that the kernel shall know without LOOKUP. */
  readdirplus?(
    directory: OpenFile<T, H>,
    offset: number | bigint,
    context: RequestContext,
  ): Awaitable<Listing<T>>
  /** As `release`. */
  releasedir?(directory: OpenFile<T, H>, context: RequestContext): Awaitable<void>
  /** As `fsync`, for the names in a directory. */
  fsyncdir?(directory: OpenFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
  /** df(1) and statvfs(3) of whatever is on this node. */
  statfs?(node: InodeNode<T>, context: RequestContext): Awaitable<StatfsResult>
  /** syncfs(2): all that was written reaches the store. Linux sends it on fuseblk and virtiofs mounts only. */
  syncfs?(node: InodeNode<T>, context: RequestContext): Awaitable<void>
  /** Not called on mounts with default_permissions. `mask`: R 4, W 2, X 1, F 0. */
  access?(node: InodeNode<T>, mask: number, context: RequestContext): Awaitable<void>
  /**
   * Makes `length` bytes from `offset` on be there, or not be there. `mode`: FALLOC_FL_KEEP_SIZE 1,
   * FALLOC_FL_PUNCH_HOLE 2 (with 1), FALLOC_FL_ZERO_RANGE 16; 0 also extends the file. EOPNOTSUPP for modes that
   * the filesystem lacks.
   */
  fallocate?(
    file: OpenFile<T, H>,
    mode: number,
    offset: number,
    length: number,
    context: RequestContext,
  ): Awaitable<void>
  /**
   * The next data (`whence` SEEK_DATA 3) or hole (SEEK_HOLE 4) at or behind `offset`, in bytes; the end of the file
   * is a hole. ENXIO when there is none, or `offset` is not within the file. Other kinds of seeking never come here.
   */
  lseek?(
    file: OpenFile<T, H>,
    offset: number,
    whence: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  /**
   * Copies at most `length` bytes and returns how many, 0 at the source's end. Both files are open in this worker:
   * where objects of two workers are meant, the framework says EXDEV, and Linux reads and writes instead.
   */
  copy_file_range?(
    source: OpenFile<T, H>,
    position: number,
    target: OpenFile<T, H>,
    targetPosition: number,
    length: number,
    context: RequestContext,
  ): Awaitable<number>
  /**
   * A restricted ioctl(2): the command's own bits have said how many bytes come in and may go out. `input` may be
   * used until the handler settles. ENOTTY for commands that the filesystem does not know. Unrestricted ones are
   * refused with EPERM.
   */
  ioctl?(
    file: OpenFile<T, H>,
    command: number,
    input: Buffer,
    outputSize: number,
    details: IoctlDetails,
    context: RequestContext,
  ): Awaitable<IoctlReturn>
  /**
   * Which of `events` (PollEvent) are there now: answered at once, never waited for. With `handle` somebody waits:
   * keep it, and call its `notify()` when that changes. While it is kept and was not used, later calls for the same
   * open file bring the same object.
   */
  poll?(
    file: OpenFile<T, H>,
    events: number,
    handle: PollHandle | undefined,
    context: RequestContext,
  ): Awaitable<number>
  /**
   * Attributes for statx(2) with the time of birth; without it `getattr` is asked. `flags`: AT_STATX_FORCE_SYNC
   * 0x2000, AT_STATX_DONT_SYNC 0x4000. `mask`: STATX_* that the client wants.
   */
  statx?(
    node: InodeNode<T>,
    file: OpenFile<T, H> | undefined,
    flags: number,
    mask: number,
    context: RequestContext,
  ): Awaitable<StatxAttributes>
  /**
   * Which block of the device holds block `block` of the file, in units of `blocksize` bytes; 0 for a hole. Linux
   * asks on fuseblk mounts only.
   */
  bmap?(
    node: InodeNode<T>,
    blocksize: number,
    block: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  /**
   * Sets an extended attribute. `flags`: XATTR_CREATE 1 (EEXIST if it exists), XATTR_REPLACE 2 (ENODATA if not),
   * 0 for either. `value`, at most 64 KiB, may be used until the handler settles.
   */
  setxattr?(
    node: InodeNode<T>,
    name: T,
    value: Buffer,
    flags: number,
    context: RequestContext,
  ): Awaitable<void>
  /**
   * The whole value, a string standing for its UTF-8 bytes; undefined or ENODATA when there is none. The framework
   * answers clients that ask for the size, or have too little room (ERANGE). More than 64 KiB is E2BIG.
   */
  getxattr?(
    node: InodeNode<T>,
    name: T,
    context: RequestContext,
  ): Awaitable<Uint8Array | string | undefined>
  /** All names, of 1 to 255 bytes each; sizes as with `getxattr`. */
  listxattr?(node: InodeNode<T>, context: RequestContext): Awaitable<Iterable<T>>
  /** ENODATA when there is none. */
  removexattr?(node: InodeNode<T>, name: T, context: RequestContext): Awaitable<void>
  /**
   * The lock that stands in the way of `wanted`, or undefined. `owner` is opaque: one process (POSIX locks) or one
   * open file description (flock). Without these three the kernel or the framework keeps locks: docs/locks.md.
   */
  getlk?(
    file: OpenFile<T, H>,
    wanted: FileLock,
    owner: LockOwner,
    context: RequestContext,
  ): Awaitable<FileLock | undefined>
  /**
   * Locks or unlocks a range; EAGAIN when another owner is in the way and `wait` is false. A handler that waits must
   * be asynchronous. Called with 'unlock' for the whole file after each `flush`.
   */
  setlk?(
    file: OpenFile<T, H>,
    change: LockChange,
    owner: LockOwner,
    context: RequestContext,
  ): Awaitable<void>
  /** The same for flock(2). Called with 'unlock' before `release` where the file was locked. */
  flock?(
    file: OpenFile<T, H>,
    change: FlockChange,
    owner: LockOwner,
    context: RequestContext,
  ): Awaitable<void>
  /** At the worker's end, after its last request. */
  dispose?(): Awaitable<void>
}
