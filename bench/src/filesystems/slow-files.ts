// What reads of the trivial filesystem wait for, by file, and the bytes that all of them give.

import { burnCpu } from './burn-cpu.js'
import { NODE } from './tree.js'

const PATTERN_SIZE = 1 << 20
const STUCK_MS = 2000
/** Twice as long as a read, so that one that begins anywhere in the first half finds all its bytes in a row. */
const PATTERN = new Uint8Array(2 * PATTERN_SIZE).map((_, index) => index * 7)
const NEVER = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread as long as a read of the file takes. */
export function delayRead(node: number, burnRounds: number): void {
  if (node === NODE.data) return
  if (node === NODE.block1ms || node === NODE.await1ms) Atomics.wait(NEVER, 0, 0, 1)
  else if (node === NODE.stuck) Atomics.wait(NEVER, 0, 0, STUCK_MS)
  else if (node === NODE.cpu100us) burnCpu(burnRounds)
}

/** From here on it costs less to name the bytes than to copy them into shared memory. */
const LONG = 32 << 10

/** What `read` gives: short reads are copied into `buffer`; of long ones the bytes are named where they stand, as the
 * C reference names all. */
export function readPattern(buffer: Uint8Array, position: number): number | Uint8Array {
  return buffer.length < LONG ? fillPattern(buffer, position) : patternAt(position, buffer.length)
}

function patternAt(position: number, length: number): Uint8Array {
  const start = position % PATTERN_SIZE
  return PATTERN.subarray(start, start + Math.min(length, PATTERN_SIZE))
}

/** @returns bytes put into `buffer` */
export function fillPattern(buffer: Uint8Array, position: number): number {
  const bytes = patternAt(position, buffer.length)
  buffer.set(bytes)
  return bytes.length
}
