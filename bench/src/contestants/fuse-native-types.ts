// The part of fuse-native's API that the suite uses.

export type Callback = (error: number, value?: unknown) => void

export interface FuseNativeStat {
  readonly mode: number
  readonly size: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly ino: number
  readonly dev: number
  readonly rdev: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: Date
  readonly mtime: Date
  readonly ctime: Date
}

export interface FuseNativeOperations {
  getattr(path: string, done: Callback): void
  readdir(path: string, done: Callback): void
  open(path: string, flags: number, done: Callback): void
  read(
    path: string,
    fd: number,
    buffer: Buffer,
    length: number,
    position: number,
    done: Callback,
  ): void
  write(
    path: string,
    fd: number,
    buffer: Buffer,
    length: number,
    position: number,
    done: Callback,
  ): void
  create(path: string, mode: number, done: Callback): void
  unlink(path: string, done: Callback): void
  release(path: string, fd: number, done: Callback): void
}

export type FuseNativeClass = new (
  mountpoint: string,
  operations: FuseNativeOperations,
  options: Readonly<Record<string, unknown>>,
) => { mount(done: (error: Error | null) => void): void }
