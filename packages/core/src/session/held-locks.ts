// The locks of one node and kind, and the arithmetic of their ranges: what conflicts, what splits, what joins.
// Twin of the native node/held-locks.cpp; a contract test holds both against a model by single bytes.

import type { LockOwner } from '../base/ids.js'

/** lk.type of the wire, F_RDLCK and so on of fcntl(2). */
export const LockType = { READ: 0, WRITE: 1, UNLOCK: 2 } as const

/** What is held or asked for. Both ends count; an `end` of 2^63-1 reaches to the end of the file, wherever that is. */
export interface LockRange {
  /** LockType */
  readonly type: number
  /** First byte. */
  readonly start: bigint
  /** Last byte. */
  readonly end: bigint
  /** Of the process that asked, as GETLK tells it to others. */
  readonly pid: number
}

/** A lock and whose it is. */
export interface HeldLock extends LockRange {
  readonly owner: LockOwner
}

/** The largest offset of a file (the kernel's OFFSET_MAX). */
export const LOCK_END: bigint = 2n ** 63n - 1n

/** What is locked on one node, by locks of one kind. */
export class HeldLocks {
  #locks: readonly HeldLock[] = []

  get size(): number {
    return this.#locks.length
  }

  /** Locks of others that `wanted` cannot stand beside. */
  conflicts(wanted: HeldLock): HeldLock[] {
    return this.#locks.filter((held) => conflict(held, wanted))
  }

  /** The one of them that begins first; of those, that of the lowest owner. */
  firstConflict(wanted: HeldLock): HeldLock | undefined {
    return this.conflicts(wanted).reduce<HeldLock | undefined>(
      (first, held) => (first === undefined || isBefore(held, first) ? held : first),
      undefined,
    )
  }

  hasConflict(wanted: HeldLock): boolean {
    return this.#locks.some((held) => conflict(held, wanted))
  }

  /** The owner's lock of just this type, if it has one: of flock, which knows no ranges. */
  holds({ owner, type }: HeldLock): boolean {
    return this.#locks.some((held) => held.owner === owner && held.type === type)
  }

  /** Whether a lock of the owner's reaches beyond both ends. */
  isCutBy({ owner, start, end }: HeldLock): boolean {
    return this.#locks.some((held) => held.owner === owner && held.start < start && held.end > end)
  }

  /** Locks or unlocks a range for its owner: what it overlaps is cut, what it meets of the same type joins it. */
  put(wanted: HeldLock): void {
    const kept: HeldLock[] = []
    let { start, end } = wanted
    for (const held of this.#locks) {
      if (held.owner !== wanted.owner || held.end + 1n < start || held.start > end + 1n) {
        kept.push(held)
      } else if (held.type === wanted.type) {
        if (held.start < start) start = held.start
        if (held.end > end) end = held.end
      } else {
        kept.push(...outside(held, wanted))
      }
    }
    if (wanted.type !== LockType.UNLOCK) kept.push({ ...wanted, start, end })
    this.#locks = kept
  }

  /** Drops all of an owner's; true if there were any. */
  drop(owner: LockOwner): boolean {
    const before = this.#locks.length
    this.#locks = this.#locks.filter((held) => held.owner !== owner)
    return this.#locks.length < before
  }
}

function conflict(held: HeldLock, wanted: HeldLock): boolean {
  return (
    held.owner !== wanted.owner &&
    wanted.type !== LockType.UNLOCK &&
    held.start <= wanted.end &&
    wanted.start <= held.end &&
    (held.type === LockType.WRITE || wanted.type === LockType.WRITE)
  )
}

function isBefore(one: HeldLock, other: HeldLock): boolean {
  return one.start < other.start || (one.start === other.start && one.owner < other.owner)
}

/** What is left of a lock outside a range. */
function outside(held: HeldLock, { start, end }: HeldLock): HeldLock[] {
  const parts: HeldLock[] = []
  if (held.start < start) parts.push({ ...held, end: held.end < start ? held.end : start - 1n })
  if (held.end > end) parts.push({ ...held, start: held.start > end ? held.start : end + 1n })
  return parts
}
