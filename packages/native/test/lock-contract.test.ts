// One contract over both lock managers: what it says in lock-manager.ts, case by case, and whatever is done to both,
// both do the same, and what a model does that knows single bytes only.

import {
  LOCK_END,
  LOCK_PARKED,
  LockKind,
  type LockManager,
  type LockRequest,
  LockType,
  MemoryLockManager,
  MOST_LOCKS,
} from '@fuseloop/core/session'
import { loadNativeBinding } from '@fuseloop/native'
import t, { type Test } from 'tap'

const { READ, WRITE, UNLOCK } = LockType
const { POSIX, FLOCK } = LockKind
const EAGAIN = -11
const ENOLCK = -37
const EDEADLK = -35
const EINVAL = -22
const RESENT = 1n << 63n

interface Tried {
  readonly locks: LockManager
  /** Uniques in the order in which they were granted. */
  readonly granted: bigint[]
  /** Uniques whose grant the kernel refuses. */
  readonly refused: Set<bigint>
}

type Make = (grant: (unique: bigint) => boolean, most: number) => LockManager

const MANAGERS: Readonly<Record<string, Make>> = {
  memory: (grant, most) => new MemoryLockManager(grant, most),
  native: (grant, most) => loadNativeBinding().createLockManager(grant, most),
}

function tried(make: Make, most = MOST_LOCKS): Tried {
  const granted: bigint[] = []
  const refused = new Set<bigint>()
  const grant = (unique: bigint): boolean => {
    granted.push(unique)
    return !refused.has(unique)
  }
  return { locks: make(grant, most), granted, refused }
}

function lock(
  owner: number,
  type: number,
  start: bigint | number = 0,
  end: bigint | number = LOCK_END,
  more: Partial<LockRequest> = {},
): LockRequest {
  const range = { start: BigInt(start), end: BigInt(end) }
  return { nodeid: 2, kind: POSIX, owner: BigInt(owner), pid: 100 + owner, type, ...range, ...more }
}

const waiter = (unique: number, since = 0) => ({ unique: BigInt(unique), since })

const CASES: Readonly<Record<string, (t: Test, make: Make) => void>> = {
  'readers share, a writer is alone': (t, make) => {
    const { locks } = tried(make)
    t.equal(locks.set(lock(1, READ, 0, 9)), 0)
    t.equal(locks.set(lock(2, READ, 5, 14)), 0)
    t.equal(locks.set(lock(3, WRITE, 9, 9)), EAGAIN)
    t.equal(locks.set(lock(3, WRITE, 15, 15)), 0)
    t.equal(locks.set(lock(1, READ, 15, 15)), EAGAIN)
    t.equal(locks.set(lock(3, WRITE, 0, 0, { nodeid: 3 })), 0, 'another node')
    t.equal(locks.held, 4)
  },

  'GETLK tells the lock in the way that begins first': (t, make) => {
    const { locks } = tried(make)
    locks.set(lock(2, READ, 30, 39))
    locks.set(lock(1, READ, 10, 19))
    locks.set(lock(3, READ, 10, 15))
    t.same(locks.test(lock(4, WRITE)), { type: READ, start: 10n, end: 19n, pid: 101 })
    t.equal(locks.test(lock(4, READ)), undefined, 'readers are not in the way of a reader')
    t.equal(locks.test(lock(4, WRITE, 20, 29)), undefined)
    t.equal(locks.test(lock(4, UNLOCK)), undefined)
    t.same(
      locks.test(lock(1, WRITE)),
      { type: READ, start: 10n, end: 15n, pid: 103 },
      'not its own',
    )
  },

  'ranges of an owner split, join and change their type': (t, make) => {
    const { locks } = tried(make)
    const found = (start: number, end: number) => locks.test(lock(9, WRITE, start, end))
    locks.set(lock(1, WRITE, 10, 29))
    locks.set(lock(1, UNLOCK, 15, 19))
    t.equal(locks.held, 2)
    t.match(found(0, 100), { start: 10n, end: 14n })
    t.equal(found(15, 19), undefined)
    t.match(found(15, 100), { start: 20n, end: 29n })
    locks.set(lock(1, WRITE, 15, 19))
    t.equal(locks.held, 1)
    t.match(found(0, 100), { start: 10n, end: 29n })
    locks.set(lock(1, READ, 20, 40))
    t.equal(locks.held, 2)
    t.match(found(0, 100), { type: WRITE, start: 10n, end: 19n })
    t.match(found(20, 100), { type: READ, start: 20n, end: 40n })
    locks.set(lock(1, READ, 0, 50))
    t.equal(locks.held, 1)
    t.match(found(0, 100), { type: READ, start: 0n, end: 50n })
    locks.set(lock(1, UNLOCK))
    t.equal(locks.held, 0)
  },

  'ranges of 63 bits are exact, and reach the end of the file': (t, make) => {
    const { locks } = tried(make)
    for (const place of [2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, LOCK_END]) {
      t.equal(locks.set(lock(1, WRITE, place, place)), 0)
      t.match(locks.test(lock(2, READ, place, LOCK_END)), { start: place, end: place })
      t.equal(locks.set(lock(2, READ, place - 1n, place - 1n)), 0, `beside ${place}`)
      locks.set(lock(1, UNLOCK))
      locks.set(lock(2, UNLOCK))
    }
    t.equal(locks.set(lock(1, READ, 5, LOCK_END)), 0)
    t.equal(locks.set(lock(2, WRITE, LOCK_END, LOCK_END)), EAGAIN)
    t.equal(locks.held, 1)
  },

  'what cannot be is refused': (t, make) => {
    const { locks } = tried(make)
    t.equal(locks.set(lock(1, WRITE, 10, 9)), EINVAL)
    t.equal(locks.set(lock(1, WRITE, 0, LOCK_END + 1n)), EINVAL)
    t.equal(locks.set(lock(1, 3)), EINVAL)
    t.equal(locks.wait(lock(1, 3), waiter(2)), EINVAL)
    t.equal(locks.waiting, 0)
  },

  'the number of locks is bounded; what unlocks whole locks goes on': (t, make) => {
    const { locks } = tried(make, 2)
    locks.set(lock(1, WRITE, 0, 9))
    locks.set(lock(1, WRITE, 20, 29))
    t.equal(locks.set(lock(1, WRITE, 40, 49)), ENOLCK)
    t.equal(locks.set(lock(1, UNLOCK, 4, 5)), ENOLCK, 'it would leave three')
    t.equal(locks.set(lock(1, UNLOCK, 5, 24)), 0)
    t.equal(locks.set(lock(1, UNLOCK)), 0)
    t.equal(locks.held, 0)
  },

  'waiters are granted in their order': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE))
    t.equal(locks.wait(lock(2, WRITE), waiter(20)), LOCK_PARKED)
    t.equal(locks.wait(lock(3, WRITE), waiter(30)), LOCK_PARKED)
    t.equal(locks.wait(lock(4, WRITE), waiter(40)), LOCK_PARKED)
    for (const owner of [1, 2, 3]) locks.release(2, POSIX, BigInt(owner))
    t.same(granted, [20n, 30n, 40n])
    t.equal(locks.waiting, 0)
    t.match(locks.test(lock(9, READ)), { pid: 104 })
  },

  'readers that wait are granted together; a part that gets free goes to who fits': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE, 0, 99))
    locks.wait(lock(2, READ, 0, 9), waiter(20))
    locks.wait(lock(3, WRITE, 50, 59), waiter(30))
    locks.wait(lock(4, READ, 5, 9), waiter(40))
    locks.set(lock(1, UNLOCK, 0, 9))
    t.same(granted, [20n, 40n])
    locks.set(lock(1, READ, 10, 99))
    t.same(granted, [20n, 40n], 'a reader keeps the writer off')
    locks.set(lock(1, UNLOCK))
    t.same(granted, [20n, 40n, 30n])
  },

  'a grant that makes a lock weaker lets in who was passed over': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE, 0, 4))
    locks.set(lock(2, WRITE, 5, 9))
    locks.wait(lock(3, READ, 0, 4), waiter(30))
    locks.wait(lock(1, READ, 0, 9), waiter(10))
    locks.set(lock(2, UNLOCK))
    t.same(granted, [10n, 30n])
  },

  'a lock that nobody holds needs no waiting': (t, make) => {
    const { locks, granted } = tried(make)
    t.equal(locks.wait(lock(1, WRITE), waiter(10)), 0)
    t.same(granted, [])
    t.equal(locks.held, 1)
  },

  'a request taken out of the queue is granted no more': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE))
    locks.wait(lock(2, WRITE), waiter(20))
    t.equal(locks.cancel(20n), true)
    t.equal(locks.cancel(20n), false)
    locks.set(lock(1, UNLOCK))
    t.same(granted, [])
    t.equal(locks.held, 0)
  },

  'a refused grant goes to the next': (t, make) => {
    const { locks, granted, refused } = tried(make)
    refused.add(20n)
    locks.set(lock(1, WRITE))
    locks.wait(lock(2, WRITE), waiter(20))
    locks.wait(lock(3, WRITE), waiter(30))
    locks.set(lock(1, UNLOCK))
    t.same(granted, [20n, 30n])
    t.match(locks.test(lock(9, READ)), { pid: 103 })
    t.equal(locks.held, 1)
    locks.takeBack(lock(3, WRITE))
    t.equal(locks.held, 0)
  },

  'what the kernel gives anew keeps its place': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE))
    locks.wait(lock(2, WRITE), waiter(20))
    locks.wait(lock(3, WRITE), waiter(30))
    t.equal(locks.wait(lock(2, WRITE), { unique: 20n | RESENT, since: 0 }), LOCK_PARKED)
    t.equal(locks.wait(lock(2, WRITE), { unique: 20n | RESENT, since: 0 }), LOCK_PARKED)
    t.equal(locks.waiting, 2)
    t.equal(locks.cancel(20n), false, 'by its old name')
    locks.set(lock(1, UNLOCK))
    t.same(granted, [20n | RESENT])
  },

  'a POSIX owner that would wait for itself gets EDEADLK': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE, 1, 1))
    locks.set(lock(2, WRITE, 2, 2))
    locks.set(lock(3, WRITE, 3, 3, { nodeid: 3 }))
    t.equal(locks.wait(lock(1, WRITE, 2, 2), waiter(10)), LOCK_PARKED)
    t.equal(locks.wait(lock(2, WRITE, 3, 3, { nodeid: 3 }), waiter(20)), LOCK_PARKED)
    t.equal(locks.wait(lock(3, READ, 1, 1), waiter(30)), EDEADLK)
    t.equal(locks.wait(lock(4, READ, 1, 1), waiter(40)), LOCK_PARKED, 'who is in no circle waits')
    locks.set(lock(3, UNLOCK, 0, LOCK_END, { nodeid: 3 }))
    t.same(granted, [20n])
  },

  'flock is of whole files, apart from ranges, and sees no deadlock': (t, make) => {
    const { locks } = tried(make)
    const flock = (owner: number, type: number, nodeid = 2) =>
      lock(owner, type, 7, 3, { kind: FLOCK, nodeid })
    locks.set(lock(1, WRITE))
    t.equal(locks.set(flock(2, WRITE)), 0)
    t.same(locks.test(flock(3, READ)), { type: WRITE, start: 0n, end: LOCK_END, pid: 102 })
    t.equal(locks.set(flock(3, WRITE, 3)), 0)
    t.equal(locks.wait(flock(2, WRITE, 3), waiter(20)), LOCK_PARKED)
    t.equal(locks.wait(flock(3, WRITE, 2), waiter(30)), LOCK_PARKED)
    locks.release(2, FLOCK, 2n)
    t.equal(locks.waiting, 1)
    t.equal(locks.set(lock(1, UNLOCK)), 0)
  },

  'an flock that is converted is let go first': (t, make) => {
    const { locks, granted } = tried(make)
    const flock = (owner: number, type: number) => lock(owner, type, 0, 0, { kind: FLOCK })
    locks.set(flock(1, READ))
    locks.set(flock(2, READ))
    t.equal(locks.set(flock(1, WRITE)), EAGAIN)
    t.equal(locks.held, 1, 'and lost on failure: flock(2)')
    locks.wait(flock(3, WRITE), waiter(30))
    t.equal(locks.set(flock(2, READ)), 0, 'what is held already is no change')
    t.equal(locks.wait(flock(2, WRITE), waiter(20)), LOCK_PARKED)
    t.same(granted, [30n], 'who waited before comes first')
  },

  'an owner that closes, or a node that is forgotten, lets others in': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE, 0, 4))
    locks.set(lock(1, READ, 8, 9))
    locks.set(lock(1, WRITE, 0, 9, { kind: FLOCK }))
    locks.wait(lock(2, WRITE), waiter(20))
    locks.release(3, POSIX, 1n)
    locks.release(2, POSIX, 7n)
    t.same(granted, [])
    locks.release(2, POSIX, 1n)
    t.same(granted, [20n])
    locks.wait(lock(3, WRITE), waiter(30))
    locks.forget(3)
    t.same(granted, [20n])
    locks.forget(2)
    t.same(granted, [20n, 30n])
    t.equal(locks.held, 1, 'also the flock is gone')
  },

  'those who wait too long are handed over; an end answers nobody': (t, make) => {
    const { locks, granted } = tried(make)
    locks.set(lock(1, WRITE))
    locks.wait(lock(2, WRITE), waiter(20, 2_000_000_001))
    locks.wait(lock(3, WRITE), waiter(30, 1_000_000_000))
    t.equal(locks.waitingSince(), 1_000_000_000)
    t.same(locks.takeWaitingSince(2_000_000_001), [30n])
    t.equal(locks.waitingSince(), 2_000_000_001)
    t.equal(locks.waiting, 1)
    locks.clear()
    t.equal(locks.waiting, 0)
    t.equal(locks.waitingSince(), undefined)
    t.equal(locks.held, 0)
    t.same(granted, [])
  },
}

for (const [name, make] of Object.entries(MANAGERS)) {
  for (const [title, check] of Object.entries(CASES)) {
    t.test(`${name}: ${title}`, (t) => {
      check(t, make)
      t.end()
    })
  }
}
