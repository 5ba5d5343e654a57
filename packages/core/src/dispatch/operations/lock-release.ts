// What close(2) does to locks: FLUSH ends the POSIX locks of its owner, RELEASE the flock of its description.
// Facts: fs/fuse/file.c fuse_flush() and fuse_prepare_release(); fs/locks.c locks_remove_posix().

import { type LockOwner, wordOf } from '../../base/ids.js'
import type { OpenFile, Text } from '../../inode/index.js'
import { type FlushIn, InitFlag, ReleaseFlag, type ReleaseIn } from '../../protocol/index.js'
import { LOCK_END, LockKind } from '../../session/index.js'
import type { Request } from '../request.js'
import type { Serving } from '../serving.js'

type File = OpenFile<Text, number | object>
type Owned = Pick<FlushIn, 'lockOwnerLow' | 'lockOwnerHigh'>

/** Whether FLUSH must come and be answered, since locks hang on it. */
export function flushEndsLocks(serving: Serving): boolean {
  return serving.ring.isGranted(InitFlag.POSIX_LOCKS)
}

/** Notes whose locks a FLUSH ends, before anything can fail. */
export function noteFlush(serving: Serving, request: Request, given: FlushIn): void {
  if (flushEndsLocks(serving) && serving.handlers.setlk === undefined)
    request.lockOwner = ownerOf(given)
}

export function noteRelease(serving: Serving, request: Request, given: ReleaseIn): void {
  if (unlocks(given) && serving.handlers.flock === undefined) request.lockOwner = ownerOf(given)
}

/** Runs a FLUSH's handler; locks that handlers keep go after the data, whatever came of it. */
export function flushing(
  serving: Serving,
  request: Request,
  given: FlushIn,
  file: File,
  flush: () => unknown,
): unknown {
  const { handlers } = serving
  if (!flushEndsLocks(serving) || handlers.setlk === undefined) return flush()
  const owner = ownerOf(given)
  const range = { start: 0n, end: LOCK_END, pid: 0, wait: false }
  return both(flush, () =>
    handlers.setlk?.(file, { type: 'unlock', ...range }, owner, request.context),
  )
}

/** The same for a RELEASE; a flock that handlers keep ends before they let the file go. */
export function releasing(
  serving: Serving,
  request: Request,
  given: ReleaseIn,
  file: File,
  release: () => unknown,
): unknown {
  const { handlers } = serving
  if (!unlocks(given) || handlers.flock === undefined) return release()
  const owner = ownerOf(given)
  const change = { type: 'unlock', pid: 0, wait: false } as const
  return both(() => handlers.flock?.(file, change, owner, request.context), release)
}

/** Before the reply, so that who has seen close(2) return finds the file unlocked. */
function endLocks(serving: Serving, request: Request, kind: number): void {
  const { lockOwner } = request
  if (lockOwner === undefined) return
  request.lockOwner = undefined
  serving.locks.release(request.nodeid, kind, lockOwner)
}

export const endPosixLocks = (serving: Serving, request: Request): void =>
  endLocks(serving, request, LockKind.POSIX)

export const endFlock = (serving: Serving, request: Request): void =>
  endLocks(serving, request, LockKind.FLOCK)

async function both(first: () => unknown, second: () => unknown): Promise<void> {
  try {
    await first()
  } finally {
    await second()
  }
}

function unlocks({ releaseFlags }: ReleaseIn): boolean {
  return (releaseFlags & ReleaseFlag.FLOCK_UNLOCK) !== 0
}

function ownerOf({ lockOwnerLow, lockOwnerHigh }: Owned): LockOwner {
  return wordOf(lockOwnerLow, lockOwnerHigh)
}
