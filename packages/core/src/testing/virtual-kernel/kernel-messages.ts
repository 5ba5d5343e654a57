// Messages that the kernel makes of itself, by literal offsets of include/uapi/linux/fuse.h: FORGET,
// BATCH_FORGET, INTERRUPT, NOTIFY_REPLY. uid, gid and pid of all are 0.

import type { Unique } from '../../base/ids.js'

const HEADER = 40
const NOTIFY_REPLY_HEADER = 40

interface Forgotten {
  readonly nodeid: bigint
  readonly nlookup: bigint
}

/** A header of 40 bytes, and room for `bodyLength` more. */
function message(opcode: number, unique: Unique, nodeid: bigint, bodyLength: number): Buffer {
  const bytes = Buffer.alloc(HEADER + bodyLength)
  bytes.writeUInt32LE(bytes.byteLength, 0)
  bytes.writeUInt32LE(opcode, 4)
  bytes.writeBigUInt64LE(unique, 8)
  bytes.writeBigUInt64LE(nodeid, 16)
  return bytes
}

export function forgetMessage(unique: Unique, { nodeid, nlookup }: Forgotten): Uint8Array {
  const bytes = message(2, unique, nodeid, 8)
  bytes.writeBigUInt64LE(nlookup, HEADER)
  return bytes
}

export function batchForgetMessage(unique: Unique, forgets: readonly Forgotten[]): Uint8Array {
  const bytes = message(42, unique, 0n, 8 + 16 * forgets.length)
  bytes.writeUInt32LE(forgets.length, HEADER)
  for (const [index, { nodeid, nlookup }] of forgets.entries()) {
    bytes.writeBigUInt64LE(nodeid, HEADER + 8 + 16 * index)
    bytes.writeBigUInt64LE(nlookup, HEADER + 16 + 16 * index)
  }
  return bytes
}

/** @param unique of the interrupted request; bit 0 is set in the message's own */
export function interruptMessage(unique: Unique): Uint8Array {
  const bytes = message(36, unique | 1n, 0n, 8)
  bytes.writeBigUInt64LE(unique, HEADER)
  return bytes
}

/** What is cached of a file, as NOTIFY_RETRIEVE asked for it under a unique of the daemon's own. */
export function notifyReplyMessage(
  unique: Unique,
  nodeid: bigint,
  offset: bigint,
  data: Uint8Array,
): Uint8Array {
  const bytes = message(41, unique, nodeid, NOTIFY_REPLY_HEADER + data.byteLength)
  bytes.writeBigUInt64LE(offset, HEADER + 8)
  bytes.writeUInt32LE(data.byteLength, HEADER + 16)
  bytes.set(data, HEADER + NOTIFY_REPLY_HEADER)
  return bytes
}

export function destroyMessage(): Uint8Array {
  return message(38, 0n, 0n, 0)
}
