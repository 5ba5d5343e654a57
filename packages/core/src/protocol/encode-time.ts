// Points in time and cache times as the wire has them: whole seconds here, nanoseconds there.

import { ProtocolError } from './protocol-error.js'
import type { WireWriter } from './wire-writer.js'

/** A Date, milliseconds (node's atimeMs, fractions allowed), or nanoseconds as bigint. */
export type TimeValue = Date | number | bigint

const NANOSECONDS = 1_000_000_000
/** Cache times beyond 68 years are "always"; it keeps the kernel's own arithmetic in range. */
const MAX_TIMEOUT_MS = 0x7fff_ffff * 1000

/**
 * Writes milliseconds since the epoch, rounded to nanoseconds. Before the epoch the seconds are
 * rounded down and the nanoseconds still count upwards, as in struct timespec.
 */
function encodeMilliseconds(
  writer: WireWriter,
  secondsOffset: number,
  nanosecondsOffset: number,
  milliseconds: number,
  field: string,
): void {
  if (!(Math.abs(milliseconds) <= Number.MAX_SAFE_INTEGER)) throw badTime(milliseconds, field)
  // The division never rounds up to a whole second, so that nanoseconds are never below 0.
  let seconds = Math.floor(milliseconds / 1000)
  let nanoseconds = Math.round((milliseconds - seconds * 1000) * 1_000_000)
  if (nanoseconds >= NANOSECONDS) {
    seconds++
    nanoseconds -= NANOSECONDS
  }
  writer.i64(secondsOffset, seconds)
  writer.u32(nanosecondsOffset, nanoseconds)
}

/** Writes nanoseconds since the epoch. */
function encodeNanoseconds(
  writer: WireWriter,
  secondsOffset: number,
  nanosecondsOffset: number,
  nanoseconds: bigint,
  field: string,
): void {
  if (typeof nanoseconds !== 'bigint') throw badTime(nanoseconds, field)
  let seconds = Number(nanoseconds / 1_000_000_000n)
  let rest = Number(nanoseconds % 1_000_000_000n)
  if (rest < 0) {
    seconds--
    rest += NANOSECONDS
  }
  if (!Number.isSafeInteger(seconds)) throw badTime(nanoseconds, field)
  writer.i64(secondsOffset, seconds)
  writer.u32(nanosecondsOffset, rest)
}

/**
 * Writes a point in time, the epoch where there is none.
 * @param ns,ms,time the forms of one time, most exact first
 */
export function encodeTime(
  writer: WireWriter,
  secondsOffset: number,
  nanosecondsOffset: number,
  ns: bigint | undefined,
  ms: number | bigint | undefined,
  time: TimeValue | undefined,
  field: string,
): void {
  if (ns !== undefined) {
    encodeNanoseconds(writer, secondsOffset, nanosecondsOffset, ns, field)
  } else if (typeof ms === 'number') {
    encodeMilliseconds(writer, secondsOffset, nanosecondsOffset, ms, field)
  } else if (ms !== undefined) {
    encodeNanoseconds(writer, secondsOffset, nanosecondsOffset, ms * 1_000_000n, field)
  } else if (typeof time === 'number') {
    encodeMilliseconds(writer, secondsOffset, nanosecondsOffset, time, field)
  } else if (typeof time === 'bigint') {
    encodeNanoseconds(writer, secondsOffset, nanosecondsOffset, time, field)
  } else if (time === undefined) {
    writer.i64(secondsOffset, 0)
    writer.u32(nanosecondsOffset, 0)
  } else {
    encodeMilliseconds(writer, secondsOffset, nanosecondsOffset, Number(time), field)
  }
}

/** Writes how long the kernel may trust an answer; 0 means ask again, Infinity always. */
export function encodeTimeout(
  writer: WireWriter,
  secondsOffset: number,
  nanosecondsOffset: number,
  milliseconds: number,
): void {
  if (!(milliseconds >= 0)) {
    throw new ProtocolError('ERR_FUSE_BAD_VALUE', `a cache time is ${milliseconds} ms`)
  }
  const bounded = Math.min(milliseconds, MAX_TIMEOUT_MS)
  encodeMilliseconds(writer, secondsOffset, nanosecondsOffset, bounded, 'a cache time')
}

function badTime(value: unknown, field: string): ProtocolError {
  return new ProtocolError('ERR_FUSE_BAD_ATTRIBUTES', `${field} is no point in time: ${value}`)
}
