// The reply to GETLK.

import { FuseFileLock, FuseLkOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** F_UNLCK: nothing stands in the way. */
const UNLOCKED = 2

/** A lock in the way. */
export interface LockOut {
  /** F_RDLCK 0, F_WRLCK 1. */
  readonly type: number
  /** First byte. */
  readonly start: bigint
  /** Last byte; 2^63-1 for the end of the file. */
  readonly end: bigint
  /** In the mounter's pid namespace; 0 if not known. */
  readonly pid: number
}

/** @param lock the one in the way, if any */
export function encodeLkOut(writer: WireWriter, offset: number, lock: LockOut | undefined): void {
  const base = offset + FuseLkOut.lk
  writer.zero(offset, FuseLkOut.byteLength)
  writer.u32(base + FuseFileLock.type, lock?.type ?? UNLOCKED)
  if (lock === undefined) return
  writer.u64(base + FuseFileLock.start, lock.start)
  writer.u64(base + FuseFileLock.end, lock.end)
  writer.u32(base + FuseFileLock.pid, lock.pid)
}
