// Points in time and cache times as the wire has them: whole seconds here, nanoseconds there.

import { ProtocolError } from './protocol-error.js'
import { storeInt64 } from './store-integer.js'
import type { WireWriter } from './wire-writer.js'

/** A Date, milliseconds (node's atimeMs, fractions allowed), or nanoseconds as bigint. */
export type TimeValue = Date | number | bigint

const NANOSECONDS = 1_000_000_000
/** Cache times beyond 68 years are "always"; it keeps the kernel's own arithmetic in range. */
const MAX_TIMEOUT_MS = 0x7fff_ffff * 1000

/**
 * Stores milliseconds since the epoch, rounded to nanoseconds. Before the epoch the seconds are
 * rounded down and the nanoseconds still count upwards, as in struct timespec.
 */
function storeMilliseconds(
  int32: Int32Array,
  secondsAt: number,
  nanosecondsAt: number,
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
  storeInt64(int32, secondsAt, seconds)
  int32[nanosecondsAt] = nanoseconds
}

/** Stores nanoseconds since the epoch. */
function storeNanoseconds(
  int32: Int32Array,
  secondsAt: number,
  nanosecondsAt: number,
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
  storeInt64(int32, secondsAt, seconds)
  int32[nanosecondsAt] = rest
}

/**
 * Stores a point in time, the epoch where there is none.
 * @param int32 the memory, with the places of seconds (64 bits) and nanoseconds (32) in it
 * @param ns,ms,time the forms of one time, most exact first
 */
export function storeTime(
  int32: Int32Array,
  secondsAt: number,
  nanosecondsAt: number,
  ns: bigint | undefined,
  ms: number | bigint | undefined,
  time: TimeValue | undefined,
  field: string,
): void {
  // The number of milliseconds of node's Stats comes first: it is what most filesystems have.
  if (ns === undefined && typeof ms === 'number') {
    storeMilliseconds(int32, secondsAt, nanosecondsAt, ms, field)
  } else if (ns === undefined && ms === undefined && time === undefined) {
    storeInt64(int32, secondsAt, 0)
    int32[nanosecondsAt] = 0
  } else {
    storeOtherTime(int32, secondsAt, nanosecondsAt, ns, ms, time, field)
  }
}

function storeOtherTime(
  int32: Int32Array,
  secondsAt: number,
  nanosecondsAt: number,
  ns: bigint | undefined,
  ms: number | bigint | undefined,
  time: TimeValue | undefined,
  field: string,
): void {
  if (ns !== undefined) {
    storeNanoseconds(int32, secondsAt, nanosecondsAt, ns, field)
  } else if (ms !== undefined) {
    storeNanoseconds(int32, secondsAt, nanosecondsAt, (ms as bigint) * 1_000_000n, field)
  } else if (typeof time === 'bigint') {
    storeNanoseconds(int32, secondsAt, nanosecondsAt, time, field)
  } else {
    storeMilliseconds(int32, secondsAt, nanosecondsAt, Number(time), field)
  }
}

/** As `storeTime`, by offsets of a reply. */
export function encodeTime(
  writer: WireWriter,
  secondsOffset: number,
  nanosecondsOffset: number,
  ns: bigint | undefined,
  ms: number | bigint | undefined,
  time: TimeValue | undefined,
  field: string,
): void {
  const secondsAt = writer.int32At(secondsOffset)
  const nanosecondsAt = writer.int32At(nanosecondsOffset)
  storeTime(writer.int32, secondsAt, nanosecondsAt, ns, ms, time, field)
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
  const secondsAt = writer.int32At(secondsOffset)
  const nanosecondsAt = writer.int32At(nanosecondsOffset)
  storeMilliseconds(writer.int32, secondsAt, nanosecondsAt, bounded, 'a cache time')
}

function badTime(value: unknown, field: string): ProtocolError {
  return new ProtocolError('ERR_FUSE_BAD_ATTRIBUTES', `${field} is no point in time: ${value}`)
}
