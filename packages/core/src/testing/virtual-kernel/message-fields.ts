// What a request message says, by literal offsets of include/uapi/linux/fuse.h: for traces, and for what the
// kernel remembers of its own requests.

import { opcodeName } from '../../protocol/index.js'
import { opcodeOf, uniqueOf } from './request-builder.js'

const HEADER = 40

/** Where the names of an operation begin. */
const NAMES_AT: Readonly<Record<number, number>> = {
  1: 40,
  6: 40,
  8: 56,
  9: 48,
  10: 40,
  11: 40,
  12: 48,
  13: 48,
  35: 56,
  45: 56,
  51: 56,
}

/** Names in a message as latin1, so that any bytes are told apart. */
export function namesOf(message: Uint8Array): string[] {
  const start = NAMES_AT[opcodeOf(message)]
  if (start === undefined) return []
  return bufferOf(message).toString('latin1', start).split('\0').slice(0, -1)
}

export function nodeidOf(message: Uint8Array): bigint {
  return bufferOf(message).readBigUInt64LE(16)
}

/** The 64-bit word behind the header: fh of most operations, newdir of RENAME, oldnodeid of LINK. */
export function firstWordOf(message: Uint8Array): bigint {
  return message.byteLength < HEADER + 8 ? 0n : bufferOf(message).readBigUInt64LE(HEADER)
}

/** The 32-bit word behind the header: flags of OPEN and CREATE, mode of MKNOD and MKDIR. */
export function firstHalfOf(message: Uint8Array): number {
  return bufferOf(message).readUInt32LE(HEADER)
}

export function describeMessage(message: Uint8Array): string {
  const names = namesOf(message).map((name) => JSON.stringify(name))
  const node = nodeidOf(message)
  return [
    opcodeName(opcodeOf(message)),
    `unique ${uniqueOf(message)}`,
    ...(node === 0n ? [] : [`node ${node}`]),
    ...names,
  ].join(' ')
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
