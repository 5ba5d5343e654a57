// Integers into memory, as words of 32 bits. Those of handlers are checked on the way: a check that gave the value
// back would make an object of a number above 2^31, and be a call.

import { checkUint32, refusal, UINT64_MAX } from './integer-check.js'
import type { ProtocolErrorCode } from './protocol-error.js'

const TWO_32 = 0x1_0000_0000
const LOWER_32 = 0xffff_ffffn

/** Stores a safe integer. */
export function storeInt64(int32: Int32Array, at: number, value: number): void {
  // A store takes the lower 32 bits.
  int32[at] = value
  int32[at + 1] = Math.floor(value / TWO_32)
}

/** Stores a bigint from 0 to 2^64-1. */
export function storeBigUint64(int32: Int32Array, at: number, value: bigint): void {
  int32[at] = Number(value & LOWER_32)
  int32[at + 1] = Number(value >> 32n)
}

/** Stores an integer from 0 to 2^53-1, or a bigint from 0 to `maximum`; `code` and `field` are for what is refused. */
export function storeUint64(
  int32: Int32Array,
  at: number,
  value: number | bigint,
  code: ProtocolErrorCode,
  field: string,
  maximum: bigint = UINT64_MAX,
): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    int32[at] = value
    int32[at + 1] = value / TWO_32
  } else {
    storeCheckedBigint(int32, at, value, code, field, maximum)
  }
}

function storeCheckedBigint(
  int32: Int32Array,
  at: number,
  value: number | bigint,
  code: ProtocolErrorCode,
  field: string,
  maximum: bigint,
): void {
  if (typeof value !== 'bigint' || value < 0n || value > maximum) throw refusal(value, code, field)
  storeBigUint64(int32, at, value)
}

/** Stores an integer from 0 to 2^32-1. */
export function storeUint32(
  int32: Int32Array,
  at: number,
  value: number | bigint,
  code: ProtocolErrorCode,
  field: string,
): void {
  if (typeof value === 'number' && value >>> 0 === value) int32[at] = value
  else int32[at] = checkUint32(value, code, field)
}
