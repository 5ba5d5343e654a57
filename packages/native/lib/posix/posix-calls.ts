// The addon's `posix` object: system calls that return their result or the negative errno. What the entry
// `./posix` exports throws instead.

/** A name or path: a string is UTF-8; bytes pass as they are. Neither may hold a NUL. */
export type Name = string | Uint8Array
/** An offset or length in bytes; a bigint reaches up to 2^63-1. */
export type Offset = number | bigint
type Result = number | bigint

/** Names as in C; each takes what the call takes, in its order. */
export interface PosixCalls {
  openat(directory: number, name: Name, flags: number, mode: number): number
  openat2(directory: number, name: Name, flags: number, resolve: number): number
  close(fd: number): number
  statx(directory: number, name: Name, flags: number, mask: number, status: Uint8Array): number
  renameat2(
    directory: number,
    name: Name,
    newDirectory: number,
    newName: Name,
    flags: number,
  ): number
  linkat(directory: number, name: Name, newDirectory: number, newName: Name, flags: number): number
  unlinkat(directory: number, name: Name, flags: number): number
  mkdirat(directory: number, name: Name, mode: number): number
  mknodat(directory: number, name: Name, mode: number, device: number): number
  symlinkat(target: Name, directory: number, name: Name): number
  readlinkat(directory: number, name: Name, target: Uint8Array): number
  faccessat(directory: number, name: Name, mode: number, flags: number): number
  name_to_handle_at(
    directory: number,
    name: Name,
    flags: number,
    handle: Uint8Array,
    mountId: Uint8Array,
  ): number
  open_by_handle_at(mountFd: number, handle: Uint8Array, flags: number): number
  fchmodat(directory: number, name: Name, mode: number): number
  fchmod(fd: number, mode: number): number
  fchownat(directory: number, name: Name, uid: number, gid: number, flags: number): number
  utimensat(
    directory: number,
    name: Name,
    atimeSeconds: Offset,
    atimeNanoseconds: number,
    mtimeSeconds: Offset,
    mtimeNanoseconds: number,
    flags: number,
  ): number
  getxattr(path: Name, name: Name, value?: Uint8Array): number
  fgetxattr(fd: number, name: Name, value?: Uint8Array): number
  setxattr(path: Name, name: Name, value: Uint8Array, flags: number): number
  fsetxattr(fd: number, name: Name, value: Uint8Array, flags: number): number
  listxattr(path: Name, names?: Uint8Array): number
  flistxattr(fd: number, names?: Uint8Array): number
  removexattr(path: Name, name: Name): number
  fremovexattr(fd: number, name: Name): number
  fstatfs(fd: number, figures: Uint8Array): number
  pread(fd: number, buffer: Uint8Array, position: Offset): number
  pwrite(fd: number, buffer: Uint8Array, position: Offset): number
  ftruncate(fd: number, length: Offset): number
  lseek(fd: number, offset: Offset, whence: number): Result
  fallocate(fd: number, mode: number, offset: Offset, length: Offset): number
  copy_file_range(
    from: number,
    fromOffset: Offset,
    to: number,
    toOffset: Offset,
    length: Offset,
  ): number
  fsync(fd: number): number
  fdatasync(fd: number): number
  syncfs(fd: number): number
  getdents64(fd: number, records: Uint8Array): number
  flock(fd: number, operation: number): number
  ofdLock(
    fd: number,
    command: number,
    type: number,
    start: Offset,
    length: Offset,
    conflict?: Uint8Array,
  ): number
  ownedLock(
    fd: number,
    owner: bigint,
    command: number,
    type: number,
    start: Offset,
    length: Offset,
    conflict?: Uint8Array,
  ): number
  ioctl(fd: number, request: number, data: Uint8Array): number
  shareFd(fd: number, identity: Uint8Array): number
  /** 1 where no file is shared by `identity`. */
  statShared(identity: Uint8Array, mask: number, status: Uint8Array): number
  closeShared(fd: number): number
  /** @param count of groups, -1 to leave them @param groups 32-bit ids */
  assumeOwner(uid: number, gid: number, count: number, groups?: Uint8Array): number
  resumeOwner(): number
  unshareUmask(): number
  umask(mask: number): number
  holdFsetid(held: number): number
  errnoName(errno: number): string
  errnoText(errno: number): string
}
