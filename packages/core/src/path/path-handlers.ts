// The path API: `fuse_operations` of libfuse for TypeScript, on top of the inode API. Paths begin with '/';
// '/' is the root; the path of an unlinked file, known by its handle only, is empty.
// One optional method per operation; absence says "not supported".

import type {
  AttributeChanges,
  Awaitable,
  IoctlDetails,
  IoctlReturn,
  Listing,
  OpenReturn,
  Text,
} from '../inode/index.js'
import type { Attributes, StatfsResult, StatxAttributes } from '../protocol/index.js'
import type { RequestContext } from '../session/index.js'

/** An open file or directory as path handlers see it. */
export interface PathFile<T extends Text = string, H extends number | object = number> {
  /** The path at the time of this request; empty once the file was unlinked. */
  readonly path: T
  /** What `open`, `create` or `opendir` gave; 0 if nothing. */
  readonly handle: H
  /** Open flags (O_*) where the request carries them, else 0. */
  readonly flags: number
}

/** T: names and paths. H: handles of files and directories. Semantics as in InodeHandlers. */
export interface PathHandlers<T extends Text = string, H extends number | object = number> {
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
  readlink?(path: T, context: RequestContext): Awaitable<T>
  symlink?(target: T, path: T, context: RequestContext): Awaitable<void>
  mknod?(path: T, mode: number, rdev: number, context: RequestContext): Awaitable<void>
  mkdir?(path: T, mode: number, context: RequestContext): Awaitable<void>
  unlink?(path: T, context: RequestContext): Awaitable<void>
  rmdir?(path: T, context: RequestContext): Awaitable<void>
  /** `flags` as in InodeHandlers; a method that does not declare them gets none. */
  rename?(path: T, newPath: T, flags: number, context: RequestContext): Awaitable<void>
  link?(path: T, newPath: T, context: RequestContext): Awaitable<void>
  open?(path: T, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  create?(path: T, mode: number, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  /** Makes and opens a file without a name in the directory `path`; its own path is empty, until `link`. */
  tmpfile?(path: T, mode: number, flags: number, context: RequestContext): Awaitable<OpenReturn<H>>
  read?(
    file: PathFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number | Uint8Array>
  write?(
    file: PathFile<T, H>,
    buffer: Buffer,
    position: number,
    context: RequestContext,
  ): Awaitable<number>
  flush?(file: PathFile<T, H>, context: RequestContext): Awaitable<void>
  release?(file: PathFile<T, H>, context: RequestContext): Awaitable<void>
  fsync?(file: PathFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
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
  releasedir?(directory: PathFile<T, H>, context: RequestContext): Awaitable<void>
  fsyncdir?(directory: PathFile<T, H>, dataOnly: boolean, context: RequestContext): Awaitable<void>
  statfs?(path: T, context: RequestContext): Awaitable<StatfsResult>
  syncfs?(path: T, context: RequestContext): Awaitable<void>
  access?(path: T, mask: number, context: RequestContext): Awaitable<void>
  fallocate?(
    file: PathFile<T, H>,
    mode: number,
    offset: number,
    length: number,
    context: RequestContext,
  ): Awaitable<void>
  lseek?(
    file: PathFile<T, H>,
    offset: number,
    whence: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  copy_file_range?(
    source: PathFile<T, H>,
    position: number,
    target: PathFile<T, H>,
    targetPosition: number,
    length: number,
    context: RequestContext,
  ): Awaitable<number>
  ioctl?(
    file: PathFile<T, H>,
    command: number,
    input: Buffer,
    outputSize: number,
    details: IoctlDetails,
    context: RequestContext,
  ): Awaitable<IoctlReturn>
  statx?(
    path: T,
    file: PathFile<T, H> | undefined,
    flags: number,
    mask: number,
    context: RequestContext,
  ): Awaitable<StatxAttributes>
  bmap?(
    path: T,
    blocksize: number,
    block: number,
    context: RequestContext,
  ): Awaitable<number | bigint>
  setxattr?(
    path: T,
    name: T,
    value: Buffer,
    flags: number,
    context: RequestContext,
  ): Awaitable<void>
  getxattr?(path: T, name: T, context: RequestContext): Awaitable<Uint8Array | string | undefined>
  listxattr?(path: T, context: RequestContext): Awaitable<Iterable<T>>
  removexattr?(path: T, name: T, context: RequestContext): Awaitable<void>
  /** At the worker's end, after its last request. */
  dispose?(): Awaitable<void>
}
