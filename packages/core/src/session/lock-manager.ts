// Locks that the framework keeps for all workers of a session: byte ranges (fcntl(2)) and whole files (flock(2)).
// Production uses the native manager (node/lock-manager.hpp), tests of one thread MemoryLockManager. Rule: who
// waits holds no worker and no slot, only a place in the queue; the manager answers it.

import type { LockOwner, Nodeid, SlotIndex, Unique } from '../base/ids.js'
import type { HeldLock, LockRange } from './held-locks.js'

/** Two tables that know nothing of each other, as in Linux (fs/locks.c). */
export const LockKind = { POSIX: 0, FLOCK: 1 } as const

/**
 * One lock or unlock. `owner` is the kernel's word for the process (POSIX) or the open file description (flock); it
 * is compared, never read.
 */
export interface LockRequest extends HeldLock {
  readonly nodeid: Nodeid
  /** LockKind. The range of flock is the whole file, whatever it says. */
  readonly kind: number
}

/** A request that can wait for its lock. */
export interface LockWaiter {
  /** The kernel's, by which it is answered. */
  readonly unique: Unique
  /** When it came, in nanoseconds of the monotonic clock. */
  readonly since: number
}

/** What `wait` gives besides 0 and negative errnos. */
export const LOCK_PARKED = 1

/**
 * The table of locks and the queue of those who wait.
 *
 * Waiters are granted in the order in which they came, as soon as nothing that is *held* stands in the way: as in
 * Linux, one that cannot be granted yet holds up nobody behind it, and who asks anew may be served before it.
 */
export interface LockManager {
  /** GETLK: the lock that stands in the way, the one that begins first; undefined when there is none. */
  test(request: LockRequest): LockRange | undefined
  /**
   * Sets or removes a lock. An flock that is converted is let go first, and stays lost on failure, as flock(2) says.
   * @returns 0, -EAGAIN for a conflict, -EINVAL for a range or type that cannot be, -ENOLCK with too many locks
   */
  set(request: LockRequest): number
  /**
   * As `set`, but parks the request where `set` fails with -EAGAIN. A unique that is parked already, or was before
   * the kernel gave it anew, keeps its place.
   * @returns LOCK_PARKED, or -EDEADLK when a POSIX lock's owner would wait for itself
   */
  wait(request: LockRequest, waiter: LockWaiter): number
  /** Takes a request out of the queue: from then on the caller answers it. False when it does not wait. */
  cancel(unique: Unique): boolean
  /** A lock whose reply the kernel did not take: its range is unlocked. */
  takeBack(request: LockRequest): void
  /** Drops all of an owner's locks on a node: close(2) and exit. */
  release(nodeid: Nodeid, kind: number, owner: LockOwner): void
  /** The kernel has forgotten the node, and all its locks with it. */
  forget(nodeid: Nodeid): void
  /** Takes out those who have waited since before a time, for the caller to answer: their deadline has passed. */
  takeWaitingSince(time: number): Unique[]
  /** Since when the one has waited who waits longest; undefined while nobody does. */
  waitingSince(): number | undefined
  /** The session has ended: nobody is answered any more. */
  clear(): void
  /** Locks that are held: pieces, after splitting and joining. */
  readonly held: number
  /** Requests that wait for one. */
  readonly waiting: number
}

/** The manager as a worker has it. */
export interface WorkerLocks extends Pick<LockManager, 'test' | 'set' | 'takeBack' | 'release'> {
  /**
   * As `LockManager.wait`, for the request in a slot of this worker. With LOCK_PARKED the slot is free, and the
   * manager answers.
   * @returns also -ENOENT: somebody else has answered the request; its slot is to be finished
   */
  park(slot: SlotIndex, request: LockRequest): number
}
