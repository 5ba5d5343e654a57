// Integers that handlers give, on their way to a reply. An inexact number is refused, never
// rounded.

import { ProtocolError, type ProtocolErrorCode } from './protocol-error.js'

/** 2^64-1. */
export const UINT64_MAX = 0xffff_ffff_ffff_ffffn
/** The largest file size and offset (loff_t). */
export const INT64_MAX = 0x7fff_ffff_ffff_ffffn

/** `value` itself if it is an integer from 0 to 2^53-1, or a bigint from 0 to `maximum`. */
export function checkUint64(
  value: number | bigint,
  maximum: bigint,
  code: ProtocolErrorCode,
  field: string,
): number | bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return value
  } else if (typeof value === 'bigint' && value >= 0n && value <= maximum) {
    return value
  }
  throw refusal(value, code, field)
}

/** `value` as a number if it is an integer from 0 to 2^32-1. */
export function checkUint32(
  value: number | bigint,
  code: ProtocolErrorCode,
  field: string,
): number {
  if (typeof value === 'number') {
    if (value >>> 0 === value) return value
  } else if (typeof value === 'bigint' && value >= 0n && value <= 0xffff_ffffn) {
    return Number(value)
  }
  throw refusal(value, code, field)
}

/** The error for a value that is no such integer. */
export function refusal(value: unknown, code: ProtocolErrorCode, field: string): ProtocolError {
  const shown = typeof value === 'bigint' || typeof value === 'number' ? `${value}` : typeof value
  return new ProtocolError(code, `${field} is ${shown}, which is not an integer that fits`)
}
