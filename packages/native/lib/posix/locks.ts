// Locks of files: flock(2), and byte ranges by owners that are no processes (fcntl(2) F_OFD_*).

import { calls } from './calls.js'
import { F_UNLCK } from './constants.js'
import type { Offset } from './posix-calls.js'
import { check, PosixError } from './posix-error.js'

/** @param operation LOCK_*; of the open file description. @throws PosixError EAGAIN with LOCK_NB */
export function flock(fd: number, operation: number): void {
  check(calls.flock(fd, operation), 'flock')
}

/** A range of a file; a length of 0 reaches to the end, however far that moves. */
export interface LockRange {
  /** F_RDLCK, F_WRLCK, F_UNLCK */
  readonly type: number
  /** Bytes from the file's start. */
  readonly start: Offset
  /** Bytes; 0 reaches to the end. */
  readonly length: Offset
}

/** A lock in the way of `range`, or undefined. Locks of the open file description itself never are. */
export function getOfdLock(fd: number, range: LockRange): LockRange | undefined {
  const { type, start, length } = range
  return conflicting((words) => calls.ofdLock(fd, 0, type, start, length, words))
}

/** @returns false where another open file description is in the way */
export function setOfdLock(fd: number, range: LockRange): boolean {
  return isGranted(calls.ofdLock(fd, 1, range.type, range.start, range.length))
}

/**
 * A lock in the way of `range` of an owner of the caller's naming, or undefined. Owners are 64-bit words, the
 * process's for all threads; each is to Linux an open file description.
 */
export function getOwnedLock(fd: number, owner: bigint, range: LockRange): LockRange | undefined {
  const { type, start, length } = range
  return conflicting((words) => calls.ownedLock(fd, word(owner), 0, type, start, length, words))
}

/**
 * Unlock the whole file (start 0, length 0) at last: that closes what was opened for the owner.
 * @returns false where another owner is in the way
 */
export function setOwnedLock(fd: number, owner: bigint, range: LockRange): boolean {
  const { type, start, length } = range
  return isGranted(calls.ownedLock(fd, word(owner), 1, type, start, length))
}

function word(owner: bigint): bigint {
  return BigInt.asIntN(64, owner)
}

function conflicting(test: (words: Uint8Array) => number): LockRange | undefined {
  const words = new BigInt64Array(3)
  check(test(new Uint8Array(words.buffer)), 'fcntl')
  const [type = 0n, start = 0n, length = 0n] = words
  return Number(type) === F_UNLCK ? undefined : { type: Number(type), start, length }
}

function isGranted(result: number): boolean {
  if (result === 0) return true
  const error = new PosixError(result, 'fcntl')
  if (error.code === 'EAGAIN' || error.code === 'EACCES') return false
  throw error
}
