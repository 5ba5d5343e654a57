// Locks that are the source's too (locks=backing): programs beneath, and other mounts of the source, see them. Who
// waits asks again and again, with pauses: a system call that waits would hold a worker.

import { setTimeout as delay } from 'node:timers/promises'
import { FsError, type LockAction, type RequestContext } from '@fuseloop/core'
import {
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  flock,
  getOwnedLock,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  setOwnedLock,
} from '@fuseloop/native/posix'
import { hasCode } from './identity.js'
import type { Handlers } from './types.js'

const TYPES: Readonly<Record<LockAction, number>> = {
  read: F_RDLCK,
  write: F_WRLCK,
  unlock: F_UNLCK,
}
const OPERATIONS: Readonly<Record<LockAction, number>> = {
  read: LOCK_SH,
  write: LOCK_EX,
  unlock: LOCK_UN,
}
/** To the end of the file. */
const END = 2n ** 63n - 1n
const LONGEST_PAUSE_MS = 100

export function lockHandlers(): Handlers {
  return {
    getlk(file, { type, start, end }, owner) {
      const range = { type: TYPES[type], start, length: lengthOf(start, end) }
      const found = getOwnedLock(file.handle, owner, range)
      if (found === undefined) return undefined
      const first = BigInt(found.start)
      const length = BigInt(found.length)
      return {
        type: found.type === F_WRLCK ? 'write' : 'read',
        start: first,
        end: length === 0n ? END : first + length - 1n,
        // An open file description has no process (fcntl(2)).
        pid: 0,
      }
    },
    setlk(file, { type, start, end, wait }, owner, context) {
      const range = { type: TYPES[type], start, length: lengthOf(start, end) }
      return granted(context, wait, () => setOwnedLock(file.handle, owner, range))
    },
    flock: (file, { type, wait }, _owner, context) =>
      // The client's open file is one description here too.
      granted(context, wait, () => tryFlock(file.handle, OPERATIONS[type] | LOCK_NB)),
  }
}

function lengthOf(start: bigint, end: bigint): bigint {
  return end === END ? 0n : end - start + 1n
}

function tryFlock(fd: number, operation: number): boolean {
  try {
    flock(fd, operation)
    return true
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return false
    throw error
  }
}

/** Synchronous where nobody is in the way. */
function granted(
  context: RequestContext,
  wait: boolean,
  attempt: () => boolean,
): void | Promise<void> {
  if (attempt()) return
  if (!wait) throw new FsError('EAGAIN')
  return retry(context.signal, attempt)
}

async function retry(signal: AbortSignal, attempt: () => boolean): Promise<void> {
  let pause = 1
  do {
    try {
      await delay(pause, undefined, { signal })
    } catch {
      throw new FsError('EINTR')
    }
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
  } while (!attempt())
}
