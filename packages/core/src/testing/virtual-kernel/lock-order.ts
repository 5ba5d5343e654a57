// What GETLK, SETLK and SETLKW carry (fuse_lk_in), by literal offsets.

import type { Word } from './message-builder.js'

/** The whole file if no range is given. */
export interface LockOrder {
  /** Whose lock it is, 64 bits. */
  readonly owner: Word
  readonly type: 'read' | 'write' | 'unlock'
  /** First byte; 0 if absent. */
  readonly start?: Word
  /** The last byte; to the end of the file if absent. */
  readonly end?: Word
  /** Of the process; 0 if absent. */
  readonly pid?: number
  readonly flock?: boolean
}

export function lockBody(fh: Word, order: LockOrder): Uint8Array {
  const { owner, type, start = 0, end = 2n ** 63n - 1n, pid = 0, flock = false } = order
  const body = Buffer.alloc(48)
  for (const [index, word] of [fh, owner, start, end].entries())
    body.writeBigUInt64LE(BigInt(word), index * 8)
  body.writeUInt32LE(['read', 'write', 'unlock'].indexOf(type), 32)
  body.writeUInt32LE(pid, 36)
  body.writeUInt32LE(flock ? 1 : 0, 40)
  return body
}
