// The addon's interface, and the one place that loads it. Nothing else requires a .node file.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { PosixCalls } from './posix/posix-calls.js'

/** What mount(2) or fusermount3 is asked for. */
export interface MountRequest {
  readonly mountpoint: string
  /** Shown as the device of the mount. */
  readonly source: string
  /** The type becomes fuse.<subtype>. */
  readonly subtype: string
  /** Options of the kernel's FUSE: allow_other, default_permissions, max_read=N. */
  readonly kernelOptions: readonly string[]
  /** Generic mount flags by name: ro, noexec, nodev ... */
  readonly flagOptions: readonly string[]
  /** Absolute path of the mount helper for a process that may not mount; '': one is looked for. */
  readonly helper: string
}

/** What transports leave open; each takes what concerns it. */
interface NativeTransportOptions {
  /** uring: requests that the kernel may bring one worker at once for each CPU that it serves. */
  readonly entries: number
  /** uring: by how many steps of nice workers come before other threads, where that is allowed. */
  readonly priority: number
}

/**
 * One mount's native side, for the thread that called mount(). Errors have Node's fields (code, errno, syscall,
 * path). Blocking work runs on threads of its own, never on libuv's pool.
 */
export interface NativeSession {
  /** By which workers of this process find the session. */
  readonly id: number
  /** Name of the connection's directory in /sys/fs/fuse/connections; 0 before `mount`. */
  readonly connection: number
  /** Mounts and reads the first request, INIT; resolves with its bytes. */
  mount(request: MountRequest): Promise<Buffer>
  /**
   * Like `mount`, but takes over an open /dev/fuse that somebody else has mounted. `unmount` then only closes it.
   * @throws EBADF; EINVAL for what is not /dev/fuse; ENOTCONN where it is not mounted
   */
  adopt(descriptor: number): Promise<Buffer>
  /** After `mount`: what `fuseloop-mount-watcher` takes on its stdin. */
  watchOrder(): Buffer
  /** Like `mount`, but a queue that is mounted stands in for the kernel; `unmount` and `abort` are then the queue's. */
  attachQueue(queue: NativeQueue): Promise<Buffer>
  /**
   * How requests reach workers, by name: `ring` (also if nobody says), `direct` or `uring`. With the device, before INIT
   * is answered.
   * @returns why it cannot be had, a sentence
   */
  useTransport(name: string, options: NativeTransportOptions): string | undefined
  /** Why requests come as on `ring` although another one was chosen, a sentence: the kernel has thought better of it. */
  transportFailure(): string | undefined
  /** Writes the whole reply to INIT. */
  writeInit(reply: Uint8Array): void
  /** Before `start`: a line on stderr for each message that the reader is done with alone, as FORGET and INTERRUPT. */
  traceReader(prefix: string): void
  /**
   * Starts reader and watchdog. `onEnd` gets 0 when stopped, or the negative errno that ended the device, and the
   * files whose data may be lost; it comes when what clients had open is flushed and released.
   * @param names of operations by opcode, for the watchdog's lines on stderr
   * @param onStuck gets the worker, and the generation of its seat, whose handler passed its deadline and which has
   * shown no sign of life for a second since
   * @param prefix of these lines
   */
  start(
    onEnd: (reason: number, lost: readonly NativeLostFile[]) => void,
    names: readonly string[],
    onStuck: (worker: number, generation: number) => void,
    prefix: string,
  ): void
  /** Resolves once the mount answers a stat(2). */
  waitUntilAnswering(): Promise<void>
  /**
   * Rejects with EBUSY while somebody uses the mount, unless lazy. Resolves with false where nothing was mounted any
   * more, and for a queue.
   */
  unmount(lazy: boolean): Promise<boolean>
  /**
   * For the process's exit: the connection is ended by force, and the mount has left the tree on return. Of somebody
   * else's mount only our copy of the device is closed. Never throws.
   */
  endNow(): void
  /** From now on the kernel is asked to forget unused nodes while it knows more than so many. After `start`. */
  limitNodes(most: number, minor: number): void
  /** From now on so many nodes that the kernel forgot last are kept, with the directories that lead to them. */
  keepUnused(most: number): void
  /** From now on OPEN, CREATE, OPENDIR and TMPFILE are answered ESHUTDOWN, by the reader. */
  refuseOpens(): void
  /** Nodeids of which a handle is open that may write. */
  nodesOpenForWriting(): number[]
  /** What clients have open at the device's end must be flushed and released within so many ms from now; 0: at once. */
  closeWithin(milliseconds: number): void
  /** A guarded signal (guardSignals) that main does not see ends the session, until `close`. */
  endBySignals(): void
  /** Ends the connection: clients in a request get ECONNABORTED, later ones ENOTCONN. */
  abort(): void
  /**
   * Answers EIO to what a worker has taken, whose thread is about to be ended, and sends it nothing more. The slots
   * are free only when the thread has ended.
   */
  abandonWorker(worker: number): void
  /** Whether a worker may take the seat: nobody has it, and the thread that had it last has ended. */
  isSeatFree(worker: number): boolean
  /**
   * Makes the system call fail with EINTR in which a worker's thread waits: of a thread that is being terminated and
   * does not end. libuv begins some calls again, among them open(2), but not read(2).
   */
  interruptWorker(worker: number): void
  /**
   * Stops reader and watchdog and closes the device. The session is of no use afterwards. If no worker has a seat any
   * more its descriptors are closed, and the memory of the slots is given back; else when it is collected.
   */
  close(): void
  /** How many locks the session keeps, and how many requests wait for one. */
  lockCounts(): { readonly held: number; readonly waiting: number }
  /** What became of opens with a backing file, and what is going on. */
  backingCounts(): NativeBackingCounts
  /** How often the kernel refers to a node by what the daemon has counted; 0 for unknown ones. For tests. */
  lookupCount(nodeid: number): number
  /** Nodes that the kernel refers to, by what the daemon has counted; the root is one. */
  readonly nodeCount: number
  /** Those that are kept besides. */
  readonly unusedCount: number
  /** How often a FORGET asked for more than was counted: somebody miscounts. */
  readonly underflows: number
}

/** A file whose data is not known to be safe. */
export interface NativeLostFile {
  /** Below the mountpoint; absent when no name leads to it any more. */
  readonly path?: Buffer
  /** Negative; -ETIMEDOUT: it was not stored in time. */
  readonly errno: number
}

/** Makes a session that is not mounted yet. */
export type NativeSessionConstructor = new (
  /** The ring's memory, page aligned (see pageOffset); kept alive by the session. */
  memory: Uint8Array,
  /** routingTable() of @fuseloop/core/dispatch. */
  routing: Uint8Array,
  /** Answer EDEADLK to requests of this process's own threads. */
  refuseSelfAccess: boolean,
) => NativeSession

/**
 * A FUSE connection without a kernel: the lists and rules of fs/fuse/dev.c, for a session's real reader and workers
 * (NativeSession.attachQueue), or for handles of its own. ConnectionDriver of @fuseloop/core/testing says what the
 * calls mean. All but `repeat` return at once; none throws for what the kernel refuses.
 */
export interface NativeQueue {
  /** Queues INIT and keeps the process alive until the end's event was delivered. @returns its token, 1 */
  mount(init: Uint8Array): number
  /** @param kind SendKind. @param least of a reply's body, as `most`, in bytes */
  send(message: Uint8Array, kind: number, least: number, most: number): number
  forget(nodeid: bigint, nlookup: bigint): void
  signal(token: number): void
  kill(token: number): boolean
  unmount(): void
  abort(): void
  /**
   * Called with each well-formed notification but RESEND: within `writev` on this thread; for other threads as soon as
   * this one gets to it, while they wait, at most 5 s (-ETIMEDOUT).
   */
  setNotificationSink(sink: (code: number, body: Buffer) => number): void
  /**
   * Keeps `clients` copies of a message in flight until `count` are answered, and produces no events of them.
   * @returns the nanoseconds that it took; rejects with the code of the first that the connection failed
   */
  repeat(
    message: Uint8Array,
    least: number,
    most: number,
    clients: number,
    count: number,
  ): Promise<number>
  /** One more handle of the device, to be used with the calls below; the last that closes ends the connection. */
  openHandle(): number
  /** The message's length, or a negative errno; -EAGAIN instead of waiting. */
  read(handle: number, target: Uint8Array): number
  /** The length of all pieces, or a negative errno. */
  writev(handle: number, pieces: readonly Uint8Array[]): number
  /** What poll(2) reports of all handles. */
  poll(): 'idle' | 'readable' | 'ended'
  /** What it has read and not answered is settled with -ECONNABORTED. */
  closeHandle(handle: number): void
}

/** Makes a connection of its own. */
export type NativeQueueConstructor = new (
  /** Gets what has happened since the last call, see decodeQueueEvents(); from the event loop. */
  onEvents: (batch: Buffer) => void,
) => NativeQueue

/** The calls of one worker's seat; RequestTransport, NodeTable and DirectoryTable of @fuseloop/core fit on them. */
export interface NativeWorker {
  /** How often this seat was taken, from 1: part of its object handles. */
  readonly generation: number
  next(): number
  finish(slot: number): number
  finishWith(slot: number, bytes: Uint8Array): number
  discard(slot: number): void
  yield(): void
  /** As NativeSession.abandonWorker, by the thread itself when it knows that it ends. */
  abandon(): void
  /** Leaves the seat: what it had taken is answered EIO. Further calls do nothing. */
  detach(): void
  readonly nodes: {
    remember(
      parent: number,
      name: Uint8Array,
      identity: Uint8Array | undefined,
      type: number,
    ): number
    rememberUnnamed(identity: Uint8Array | undefined, type: number): number
    addName(nodeid: number, parent: number, name: Uint8Array): void
    acquire(nodeid: number): void
    forget(nodeid: number, count: number): void
    identity(nodeid: number): Buffer | undefined
    path(nodeid: number): Buffer | undefined
    rename(parent: number, name: Uint8Array, newParent: number, newName: Uint8Array): void
    exchange(parent: number, name: Uint8Array, newParent: number, newName: Uint8Array): void
    unlink(parent: number, name: Uint8Array): void
    parent(nodeid: number): number | undefined
    child(parent: number, name: Uint8Array): number | undefined
    withIdentity(identity: Uint8Array): number | undefined
    type(nodeid: number): number | undefined
    epoch(nodeid: number): number
    /** A word of the session's shared memory. */
    readonly changes: Int32Array
    unusedCandidates(most: number): { nodeid: number; parent: number; name: Buffer }[]
    /** From now on `forget` handlers are called for nodes that the kernel drops. */
    keepForgotten(): void
    readonly size: number
  }
  readonly locks: NativeWorkerLocks
  readonly openFiles: {
    add(nodeid: number, low: number, high: number, flags: number): void
    remove(nodeid: number, low: number, high: number): void
    find(nodeid: number): { readonly low: number; readonly high: number } | undefined
    readonly size: number
  }
  readonly backingFiles: NativeBackingFiles
  readonly directories: {
    open(handle: number): number
    handle(id: number): number | undefined
    store(id: number, records: Uint8Array): void
    read(id: number, cookie: number, target: Uint8Array): number
    close(id: number): void
  }
}

/** BackingFiles of @fuseloop/core. */
interface NativeBackingFiles {
  join(nodeid: number, fd: number): number
  leave(nodeid: number): void
}

/** BackingCounts of @fuseloop/core. */
interface NativeBackingCounts {
  readonly active: number
  readonly opens: number
  readonly byKernel: number
  readonly openOtherwise: number
  readonly otherFile: number
  readonly errno: number
}

/** LockRequest of @fuseloop/core. */
export interface NativeLockRequest extends NativeLock {
  /** Of the file. */
  readonly nodeid: number
  /** LockKind: 0 POSIX, 1 flock. */
  readonly kind: number
  /** The kernel's word for whose it is, 64 bits. */
  readonly owner: bigint
}

/** LockRange of @fuseloop/core. */
export interface NativeLock {
  /** F_RDLCK 0, F_WRLCK 1, F_UNLCK 2. */
  readonly type: number
  /** First byte. */
  readonly start: bigint
  /** Last byte; 2^63-1 for the end of the file. */
  readonly end: bigint
  /** Of the process that asked. */
  readonly pid: number
}

/** What workers call of the lock manager that they share. */
export interface NativeLocks {
  test(request: NativeLockRequest): NativeLock | undefined
  set(request: NativeLockRequest): number
  takeBack(request: NativeLockRequest): void
  release(nodeid: number, kind: number, owner: bigint): void
  /** Locks that are held. */
  readonly held: number
  /** Requests that wait for one. */
  readonly waiting: number
}

/** WorkerLocks of @fuseloop/core. */
export interface NativeWorkerLocks extends NativeLocks {
  park(slot: number, request: NativeLockRequest): number
}

/** LockManager of @fuseloop/core, whole. */
export interface NativeLockManager extends NativeLocks {
  wait(
    request: NativeLockRequest,
    waiter: { readonly unique: bigint; readonly since: number },
  ): number
  cancel(unique: bigint): boolean
  forget(nodeid: number): void
  takeWaitingSince(time: number): bigint[]
  waitingSince(): number | undefined
  clear(): void
}

/** A thread's way to a session's notifier; NotificationChannel of @fuseloop/core fits on it. */
export interface NativeNotifications {
  /**
   * Queues a whole notification, which is copied, and returns at once the id under which it will be settled.
   * @throws for what is no notification
   */
  send(message: Uint8Array): number
  readonly nodes: NativeWorker['nodes']
}

/** What the addon exports. It may be loaded in any thread; each has its own. */
export interface NativeBinding {
  readonly NativeSession: NativeSessionConstructor
  readonly NativeQueue: NativeQueueConstructor
  /**
   * Takes a worker's seat in a session of this process and listens, in this thread's event loop, for its bell.
   * @param onWake called when requests may wait, never re-entered
   */
  attachWorker(
    session: number,
    worker: number,
    memory: Uint8Array,
    onWake: () => void,
  ): NativeWorker
  /** System calls; `@fuseloop/native/posix` is their face. */
  readonly posix: PosixCalls
  /**
   * A lock manager that belongs to no session. For tests.
   * @param grant answers a parked request; false when nobody takes the answer
   * @param most locks held at a time
   */
  createLockManager(grant: (unique: bigint) => boolean, most: number): NativeLockManager
  /**
   * A table of backing files that belongs to no session. For tests.
   * @param open gives a backing id, from 1, or a negative errno, for a descriptor
   * @param close gets the id
   */
  createBackingFiles(
    open: (fd: number) => number,
    close: (id: number) => void,
  ): NativeBackingFiles & { counts(): NativeBackingCounts }
  /**
   * For any thread of the process, until its end.
   * @param onSettled gets, from the event loop, id, result (0 or a negative errno; -ENODEV before the session serves
   * and after its end) and of RETRIEVE the bytes; the thread's event loop lives until all are settled
   * @throws when the session has ended
   */
  openNotifications(
    session: number,
    onSettled: (id: number, result: number, data: Buffer) => void,
  ): NativeNotifications
  /** Bytes to skip in `memory` to reach a page boundary of this process. */
  pageOffset(memory: Uint8Array): number
  /** _exit(2): ends the process without waiting for its threads. */
  exitNow(code: number): never
  /**
   * From now on these signals, by number, end sessions (NativeSession.endBySignals) when main does not say within 3 s
   * that it has seen them, and the process by their default action after 12 s. Call it after listening for them.
   */
  guardSignals(signals: readonly number[]): void
  /** Main has seen all signals that have come. */
  signalsHandled(): void
  /**
   * Sends a datagram to the service manager (sd_notify(3)).
   * @param path of $NOTIFY_SOCKET
   * @throws a system error
   */
  notifySocket(path: string, state: string): void
  /** Unmounts the FUSE mount on top at a path, whoever serves it. */
  unmountPath(mountpoint: string, lazy: boolean): Promise<void>
}

/** The program that unmounts what a killed daemon leaves behind (src/watcher/main.cpp). */
export const MOUNT_WATCHER: string = fileURLToPath(
  new URL('../build/Release/fuseloop-mount-watcher', import.meta.url),
)

/**
 * The environment variable FUSELOOP_NATIVE_ADDON names another file to load, by its absolute path: for tests of
 * this package, which run the addon built with a sanitizer (`node build.mjs --sanitize=address --output DIR`).
 * @throws Error with code ERR_FUSE_NO_ADDON and what to do, where the addon cannot be loaded
 */
export function loadNativeBinding(): NativeBinding {
  const built = new URL('../build/Release/fuseloop_native.node', import.meta.url)
  try {
    const path = process.env['FUSELOOP_NATIVE_ADDON'] ?? fileURLToPath(built)
    return createRequire(import.meta.url)(path) as NativeBinding
  } catch (cause) {
    const message =
      process.platform === 'linux'
        ? 'the native addon is not built or does not load; run `npm run setup`'
        : `mounting needs Linux, and this is ${process.platform}`
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_FUSE_NO_ADDON' })
  }
}
