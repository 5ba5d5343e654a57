// Random sequences over both lock managers and a model that knows, for each byte, who holds it and how: all three
// must do the same.

import {
  LOCK_PARKED,
  LockKind,
  type LockManager,
  type LockRequest,
  LockType,
  MemoryLockManager,
  MOST_LOCKS,
} from '@fuseloop/core/session'
import { loadNativeBinding } from '@fuseloop/native'
import * as fc from 'fast-check'
import t from 'tap'

const { WRITE, UNLOCK } = LockType
const { POSIX, FLOCK } = LockKind
const EAGAIN = -11
const EDEADLK = -35
const BYTES = 12
/** Where the bytes of the model lie: at the start of a file, around 2^53, and up to its last byte. */
const BASES = [0n, 2n ** 53n - 6n, 2n ** 63n - 12n]

interface Command {
  readonly do: 'set' | 'wait' | 'cancel' | 'release' | 'forget' | 'takeBack'
  readonly nodeid: number
  readonly kind: number
  readonly owner: number
  readonly type: number
  readonly first: number
  readonly length: number
  readonly refuse: boolean
}

const command: fc.Arbitrary<Command> = fc.record({
  do: fc.constantFrom(
    'set',
    'set',
    'set',
    'wait',
    'wait',
    'wait',
    'cancel',
    'release',
    'forget',
    'takeBack',
  ),
  nodeid: fc.constantFrom(2, 2, 2, 3),
  kind: fc.constantFrom(POSIX, POSIX, POSIX, FLOCK),
  owner: fc.integer({ min: 1, max: 4 }),
  type: fc.constantFrom(0, 1, 1, 2),
  first: fc.nat({ max: BYTES - 1 }),
  length: fc.integer({ min: 1, max: BYTES }),
  refuse: fc.boolean(),
})

interface Waiting {
  readonly unique: bigint
  readonly request: ByteRequest
}

interface ByteRequest {
  readonly file: string
  readonly kind: number
  readonly owner: number
  readonly type: number
  readonly first: number
  readonly last: number
}

/** Per file and byte, the owners and how they hold it. */
class ByteModel {
  readonly #files = new Map<string, Map<number, number>[]>()
  waiting: Waiting[] = []
  readonly granted: bigint[] = []
  readonly refused: Set<bigint>

  constructor(refused: Set<bigint>) {
    this.refused = refused
  }

  set(request: ByteRequest): number {
    const granted: Waiting[] = []
    const result = this.#set(request, granted)
    this.#answer(granted)
    return result
  }

  wait(request: ByteRequest, unique: bigint): number {
    const granted: Waiting[] = []
    let result = this.#set(request, granted)
    if (result === EAGAIN && request.kind === POSIX && this.#reaches(request, request.owner)) {
      result = EDEADLK
    } else if (result === EAGAIN) {
      this.waiting.push({ unique, request })
      result = LOCK_PARKED
    }
    this.#answer(granted)
    return result
  }

  cancel(unique: bigint): boolean {
    const before = this.waiting.length
    this.waiting = this.waiting.filter((waiting) => waiting.unique !== unique)
    return this.waiting.length < before
  }

  isBlocked(request: ByteRequest): boolean {
    return this.#blockers(request).size > 0
  }

  release(file: string, owner: number): void {
    this.set({ file, kind: POSIX, owner, type: UNLOCK, first: 0, last: BYTES - 1 })
  }

  forget(nodeid: number): void {
    const granted: Waiting[] = []
    for (const kind of [POSIX, FLOCK]) {
      this.#files.delete(`${nodeid}/${kind}`)
      this.#grant(`${nodeid}/${kind}`, granted)
    }
    this.#answer(granted)
  }

  #set(request: ByteRequest, granted: Waiting[]): number {
    if (request.kind === FLOCK && this.#typeOf(request) !== request.type) {
      this.#write({ ...request, type: UNLOCK })
      this.#grant(request.file, granted)
    }
    if (this.#blockers(request).size > 0) return EAGAIN
    this.#write(request)
    this.#grant(request.file, granted)
    return 0
  }

  #bytes(file: string): Map<number, number>[] {
    let bytes = this.#files.get(file)
    if (bytes === undefined) {
      bytes = Array.from({ length: BYTES }, () => new Map())
      this.#files.set(file, bytes)
    }
    return bytes
  }

  #range({ file, first, last }: ByteRequest): Map<number, number>[] {
    return this.#bytes(file).slice(first, last + 1)
  }

  #typeOf(request: ByteRequest): number | undefined {
    return this.#bytes(request.file)[0]?.get(request.owner)
  }

  #blockers(request: ByteRequest): Set<number> {
    const owners = new Set<number>()
    if (request.type === UNLOCK) return owners
    for (const byte of this.#range(request)) {
      for (const [owner, type] of byte)
        if (owner !== request.owner && (type === WRITE || request.type === WRITE)) owners.add(owner)
    }
    return owners
  }

  #write(request: ByteRequest): void {
    for (const byte of this.#range(request)) {
      if (request.type === UNLOCK) byte.delete(request.owner)
      else byte.set(request.owner, request.type)
    }
  }

  #grant(file: string, granted: Waiting[]): void {
    let count: number
    do {
      count = granted.length
      for (const waiting of this.waiting) {
        const { request } = waiting
        if (request.file !== file || granted.includes(waiting)) continue
        if (this.#blockers(request).size > 0) continue
        this.#write(request)
        granted.push(waiting)
      }
    } while (granted.length > count)
    this.waiting = this.waiting.filter((waiting) => !granted.includes(waiting))
  }

  /** Who is refused by the kernel lets go, and others may follow. */
  #answer(granted: readonly Waiting[]): void {
    const next: Waiting[] = []
    for (const { unique, request } of granted) {
      this.granted.push(unique)
      if (this.refused.has(unique)) this.#set({ ...request, type: UNLOCK }, next)
    }
    if (next.length > 0) this.#answer(next)
  }

  #reaches(request: ByteRequest, target: number, seen = new Set<number>()): boolean {
    for (const owner of this.#blockers(request)) {
      if (owner === target) return true
      if (seen.has(owner)) continue
      seen.add(owner)
      for (const { request: next } of this.waiting)
        if (next.owner === owner && next.kind === POSIX && this.#reaches(next, target, seen))
          return true
    }
    return false
  }
}

/** A model and a manager that are told the same. */
class Pair {
  readonly #base: bigint
  readonly #refused = new Set<bigint>()
  readonly #granted: bigint[] = []
  readonly #model = new ByteModel(this.#refused)
  readonly #locks: LockManager
  #unique = 0n

  constructor(base: bigint, make: (grant: (unique: bigint) => boolean) => LockManager) {
    this.#base = base
    this.#locks = make((unique) => {
      this.#granted.push(unique)
      return !this.#refused.has(unique)
    })
  }

  run(given: Command): void {
    const request = this.#request(given)
    const bytes = byteRequest(given)
    const [real, expected] = this.#both(given, request, bytes)
    same(given.do, real, expected)
    same('granted', this.#granted.join(' '), this.#model.granted.join(' '))
    same('waiting', this.#locks.waiting, this.#model.waiting.length)
    this.#compareBytes(given)
  }

  #both(given: Command, request: LockRequest, bytes: ByteRequest): [unknown, unknown] {
    const [locks, model] = [this.#locks, this.#model]
    switch (given.do) {
      case 'set':
        return [locks.set(request), model.set(bytes)]
      case 'wait': {
        this.#unique += 2n
        if (given.refuse) this.#refused.add(this.#unique)
        const waiter = { unique: this.#unique, since: 0 }
        return [locks.wait(request, waiter), model.wait(bytes, this.#unique)]
      }
      case 'cancel': {
        const unique = BigInt(given.first * 2)
        return [locks.cancel(unique), model.cancel(unique)]
      }
      case 'release':
        locks.release(request.nodeid, request.kind, request.owner)
        model.release(bytes.file, bytes.owner)
        return [0, 0]
      case 'forget':
        locks.forget(request.nodeid)
        model.forget(request.nodeid)
        return [0, 0]
      case 'takeBack':
        locks.takeBack(request)
        if (bytes.type !== UNLOCK) model.set({ ...bytes, type: UNLOCK })
        return [0, 0]
    }
  }

  /** Byte by byte, what a stranger is told stands in the way. */
  #compareBytes({ nodeid, kind }: Command): void {
    for (let byte = 0; byte < BYTES; byte++) {
      for (const type of [0, 1]) {
        const place = { nodeid, kind, type, first: byte, length: 1 }
        const probe = { ...place, owner: 99, do: 'set', refuse: false } as const
        const found = this.#locks.test(this.#request(probe)) !== undefined
        same(`byte ${byte}`, found, this.#model.isBlocked(byteRequest(probe)))
      }
    }
  }

  #request({ nodeid, kind, owner, type, first, length }: Command): LockRequest {
    const last = Math.min(BYTES - 1, first + length - 1)
    return {
      nodeid,
      kind,
      owner: BigInt(owner),
      type,
      start: this.#base + BigInt(first),
      end: this.#base + BigInt(last),
      pid: owner,
    }
  }
}

function byteRequest({ nodeid, kind, owner, type, first, length }: Command): ByteRequest {
  const range =
    kind === FLOCK
      ? { first: 0, last: BYTES - 1 }
      : { first, last: Math.min(BYTES - 1, first + length - 1) }
  return { file: `${nodeid}/${kind}`, kind, owner, type, ...range }
}

function same(what: string, real: unknown, expected: unknown): void {
  if (real !== expected) throw new Error(`${what}: ${real}, and by the model ${expected}`)
}

const MANAGERS = {
  memory: (grant: (unique: bigint) => boolean) => new MemoryLockManager(grant),
  native: (grant: (unique: bigint) => boolean) =>
    loadNativeBinding().createLockManager(grant, MOST_LOCKS),
}

for (const [name, make] of Object.entries(MANAGERS)) {
  t.test(`${name}: random locks end up as the model's bytes`, async () => {
    const sequences = fc.array(command, { maxLength: 50, size: 'max' })
    await fc.assert(
      fc.property(sequences, fc.constantFrom(...BASES), (sequence, base) => {
        const pair = new Pair(base, make)
        for (const given of sequence) pair.run(given)
      }),
      { seed: 79, numRuns: 500 },
    )
  })
}
