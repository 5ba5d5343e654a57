// The lock manager for one thread: the twin of the native node/lock-manager.cpp, where production keeps its locks.

import type { LockOwner, Nodeid, Unique } from '../base/ids.js'
import { Errno, UNIQUE_RESENT } from '../protocol/index.js'
import { type HeldLock, HeldLocks, LOCK_END, type LockRange, LockType } from './held-locks.js'
import {
  LOCK_PARKED,
  LockKind,
  type LockManager,
  type LockRequest,
  type LockWaiter,
} from './lock-manager.js'

/** All together: a client that locks every second byte must not take the daemon's memory. */
export const MOST_LOCKS = 100_000

interface Parked {
  readonly request: LockRequest
  unique: Unique
  readonly since: number
}

/** The LockManager of one thread. */
export class MemoryLockManager implements LockManager {
  readonly #tables = new Map<string, HeldLocks>()
  /** In the order in which they came. */
  #parked: Parked[] = []
  readonly #grant: (unique: Unique) => boolean
  readonly #most: number

  /** @param grant answers a parked request; false when the kernel does not take the answer */
  constructor(grant: (unique: Unique) => boolean, most: number = MOST_LOCKS) {
    this.#grant = grant
    this.#most = most
  }

  test(request: LockRequest): LockRange | undefined {
    const found = this.#table(request)?.firstConflict(normal(request))
    return found && { type: found.type, start: found.start, end: found.end, pid: found.pid }
  }

  set(request: LockRequest): number {
    const granted: Parked[] = []
    const result = this.#set(request, granted)
    this.#answer(granted)
    return result
  }

  wait(request: LockRequest, { unique, since }: LockWaiter): number {
    const before = this.#parked.find((parked) => isSame(parked.unique, unique))
    if (before !== undefined) {
      before.unique = unique
      return LOCK_PARKED
    }
    const granted: Parked[] = []
    let result = this.#set(request, granted)
    if (result === -Errno.EAGAIN) {
      const wanted = normal(request)
      if (wanted.kind === LockKind.POSIX && this.#wouldDeadlock(wanted)) {
        result = -Errno.EDEADLK
      } else {
        this.#parked.push({ request: wanted, unique, since })
        result = LOCK_PARKED
      }
    }
    this.#answer(granted)
    return result
  }

  cancel(unique: Unique): boolean {
    const before = this.#parked.length
    this.#parked = this.#parked.filter((parked) => parked.unique !== unique)
    return this.#parked.length < before
  }

  takeBack(request: LockRequest): void {
    if (request.type !== LockType.UNLOCK) this.set({ ...request, type: LockType.UNLOCK })
  }

  release(nodeid: Nodeid, kind: number, owner: LockOwner): void {
    const granted: Parked[] = []
    this.#drop({ nodeid, kind }, owner, granted)
    this.#answer(granted)
  }

  forget(nodeid: Nodeid): void {
    const granted: Parked[] = []
    for (const kind of [LockKind.POSIX, LockKind.FLOCK]) {
      const place = { nodeid, kind }
      if (this.#tables.delete(key(place))) this.#grantWaiters(place, granted)
    }
    this.#answer(granted)
  }

  takeWaitingSince(time: number): Unique[] {
    const late = this.#parked.filter(({ since }) => since < time)
    this.#parked = this.#parked.filter(({ since }) => since >= time)
    return late.map(({ unique }) => unique)
  }

  waitingSince(): number | undefined {
    if (this.#parked.length === 0) return undefined
    return Math.min(...this.#parked.map(({ since }) => since))
  }

  clear(): void {
    this.#parked = []
    this.#tables.clear()
  }

  /** As LockManager says. */
  get held(): number {
    let count = 0
    for (const table of this.#tables.values()) count += table.size
    return count
  }

  /** As LockManager says. */
  get waiting(): number {
    return this.#parked.length
  }

  /** Whether a request waits for its lock. */
  isWaiting(unique: Unique): boolean {
    return this.#parked.some((parked) => parked.unique === unique)
  }

  /** Leaves to the caller to answer whom it adds to `granted`. */
  #set(request: LockRequest, granted: Parked[]): number {
    if (!isValid(request)) return -Errno.EINVAL
    const wanted = normal(request)
    // fs/locks.c flock_lock_inode(): a lock of another type is gone before the new one is looked for.
    if (wanted.kind === LockKind.FLOCK && this.#table(wanted)?.holds(wanted) === false)
      this.#drop(wanted, wanted.owner, granted)
    const table = this.#table(wanted)
    if (table?.hasConflict(wanted) === true) return -Errno.EAGAIN
    if (this.held >= this.#most && mayGrow(table, wanted)) return -Errno.ENOLCK
    this.#put(wanted)
    this.#grantWaiters(wanted, granted)
    return 0
  }

  #drop(place: Place, owner: LockOwner, granted: Parked[]): void {
    if (this.#table(place)?.drop(owner) !== true) return
    this.#removeIfEmpty(place)
    this.#grantWaiters(place, granted)
  }

  #put(wanted: LockRequest): void {
    const { type, start, end, pid, owner } = wanted
    const name = key(wanted)
    let table = this.#tables.get(name)
    if (table === undefined) {
      table = new HeldLocks()
      this.#tables.set(name, table)
    }
    table.put({ type, start, end, pid, owner })
    this.#removeIfEmpty(wanted)
  }

  /** Something was let go: whoever can have its lock now gets it. */
  #grantWaiters(place: Place, granted: Parked[]): void {
    // A grant may make its owner's lock a weaker one, which lets in somebody who was passed over.
    for (let before = -1; granted.length > before; ) {
      before = granted.length
      this.#grantOnce(place, granted)
    }
  }

  #grantOnce(place: Place, granted: Parked[]): void {
    this.#parked = this.#parked.filter((parked) => {
      const { request } = parked
      if (request.nodeid !== place.nodeid || request.kind !== place.kind) return true
      if (this.#table(place)?.hasConflict(request) === true) return true
      this.#put(request)
      granted.push(parked)
      return false
    })
  }

  /** When all is settled here: an answer may bring the next call. Where it is refused the lock is free again. */
  #answer(granted: readonly Parked[]): void {
    for (let now = granted; now.length > 0; ) {
      const next: Parked[] = []
      for (const { request, unique } of now)
        if (!this.#grant(unique)) this.#set({ ...request, type: LockType.UNLOCK }, next)
      now = next
    }
  }

  /**
   * Whether somebody for whom this owner would wait waits for it, directly or by others (fs/locks.c
   * posix_locks_deadlock()). An owner may wait in several threads; each counts.
   */
  #wouldDeadlock(wanted: LockRequest): boolean {
    const seen = new Set<LockOwner>()
    const open: LockRequest[] = [wanted]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const { owner } of this.#conflicts(next)) {
        if (owner === wanted.owner) return true
        if (seen.has(owner)) continue
        seen.add(owner)
        for (const { request } of this.#parked)
          if (request.owner === owner && request.kind === LockKind.POSIX) open.push(request)
      }
    }
    return false
  }

  #conflicts(request: LockRequest): HeldLock[] {
    return this.#table(request)?.conflicts(request) ?? []
  }

  #table(place: Place): HeldLocks | undefined {
    return this.#tables.get(key(place))
  }

  #removeIfEmpty(place: Place): void {
    if (this.#table(place)?.size === 0) this.#tables.delete(key(place))
  }
}

type Place = Pick<LockRequest, 'nodeid' | 'kind'>

function key({ nodeid, kind }: Place): string {
  return `${nodeid}/${kind}`
}

function isValid({ type, kind, start, end }: LockRequest): boolean {
  const isKnown = type === LockType.READ || type === LockType.WRITE || type === LockType.UNLOCK
  return isKnown && (kind === LockKind.FLOCK || (start <= end && end <= LOCK_END))
}

function normal(request: LockRequest): LockRequest {
  return request.kind === LockKind.FLOCK ? { ...request, start: 0n, end: LOCK_END } : request
}

/** An unlock in the middle of a lock leaves two. */
function mayGrow(table: HeldLocks | undefined, wanted: LockRequest): boolean {
  return wanted.type !== LockType.UNLOCK || table?.isCutBy(wanted) === true
}

function isSame(one: Unique, other: Unique): boolean {
  return (one | UNIQUE_RESENT) === (other | UNIQUE_RESENT)
}
