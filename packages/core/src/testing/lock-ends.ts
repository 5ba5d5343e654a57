// Locks that a request ends although nobody serves it: the twin of device/lock-ends.hpp.

import { Opcode, ReleaseFlag } from '../protocol/index.js'
import { LockKind, type MemoryLockManager } from '../session/index.js'

const HEADER = 40

/** @param message a whole request, of whatever kind */
export function endLocksOf(locks: MemoryLockManager, message: Buffer): void {
  const opcode = message.readUInt32LE(4)
  const nodeid = Number(message.readBigUInt64LE(16))
  if (message.byteLength < HEADER + 24) return
  const owner = message.readBigUInt64LE(HEADER + 16)
  if (opcode === Opcode.FLUSH) locks.release(nodeid, LockKind.POSIX, owner)
  const isUnlock = (message.readUInt32LE(HEADER + 12) & ReleaseFlag.FLOCK_UNLOCK) !== 0
  if (opcode === Opcode.RELEASE && isUnlock) locks.release(nodeid, LockKind.FLOCK, owner)
}
