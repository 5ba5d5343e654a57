// How long requests took, by opcode: counts in memory that all threads of a session share. Each worker has rows of its
// own, which it alone writes, without locks; whoever asks adds them up. Buckets are those of a double's exponent and
// first 5 bits: 32 for each doubling, as in HdrHistogram.

import type { WorkerIndex } from '../base/ids.js'
import { OPCODE_LIMIT } from './operation-table.js'

/** Bits of a double's upper word below the exponent and the 5 bits of its fraction that tell buckets apart. */
const SHIFT = 15
const STEPS = 32
/** What took less than 2^6 ns is in the first bucket, what took 2^40 ns (18 minutes) or more in the last. */
const FIRST_OCTAVE = 6
const LAST_OCTAVE = 40
const EXPONENT_BIAS = 1023
const FIRST_BUCKET = (EXPONENT_BIAS + FIRST_OCTAVE) * STEPS
const BUCKETS = (LAST_OCTAVE - FIRST_OCTAVE) * STEPS + 1
/** The longest time stands before the buckets. */
const ROW = 1 + BUCKETS
const ROWS_OF_WORKER = ROW * OPCODE_LIMIT

/** What became of one opcode's requests, all workers together; times in nanoseconds. */
export interface LatencySummary {
  /** Opcode, below OPCODE_LIMIT. */
  readonly opcode: number
  /** Requests answered. */
  readonly count: number
  /** At most 3.2 % above the median, never below. */
  readonly p50Ns: number
  /** The same of the slowest hundredth. */
  readonly p99Ns: number
  /** Exact. */
  readonly maxNs: number
}

/** Fresh memory for so many workers; pages of opcodes that are never served take none. */
export function createLatencies(workerCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workerCount * ROWS_OF_WORKER * Float64Array.BYTES_PER_ELEMENT)
}

/** Counts one worker's requests. */
export class LatencyRecorder {
  readonly #rows: Float64Array
  readonly #number = new Float64Array(1)
  /** The same memory: lower word, upper word. */
  readonly #words: Int32Array = new Int32Array(this.#number.buffer)

  /** @param latencies what `createLatencies` gave */
  constructor(latencies: SharedArrayBuffer, worker: WorkerIndex) {
    const start = worker * ROWS_OF_WORKER * Float64Array.BYTES_PER_ELEMENT
    this.#rows = new Float64Array(latencies, start, ROWS_OF_WORKER)
  }

  record(opcode: number, elapsedNs: number): void {
    const rows = this.#rows
    const row = opcode * ROW
    this.#number[0] = elapsedNs
    const bucket = ((this.#words[1] as number) >>> SHIFT) - FIRST_BUCKET
    const at = row + 1 + (bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1)
    rows[at] = (rows[at] as number) + 1
    if (elapsedNs > (rows[row] as number)) rows[row] = elapsedNs
  }
}

/** Of opcodes that were served. Workers go on counting meanwhile. */
export function readLatencies(latencies: SharedArrayBuffer): LatencySummary[] {
  const rows = new Float64Array(latencies)
  return Array.from({ length: OPCODE_LIMIT }, (_, opcode) => summarize(rows, opcode)).filter(
    ({ count }) => count > 0,
  )
}

function summarize(rows: Float64Array, opcode: number): LatencySummary {
  const sums = new Float64Array(BUCKETS)
  let maxNs = 0
  for (let row = opcode * ROW; row < rows.length; row += ROWS_OF_WORKER) {
    maxNs = Math.max(maxNs, rows[row] as number)
    for (let bucket = 0; bucket < BUCKETS; bucket += 1)
      (sums[bucket] as number) += rows[row + 1 + bucket] as number
  }
  const count = sums.reduce((sum, more) => sum + more, 0)
  const quantile = (share: number): number => Math.min(maxNs, quantileOf(sums, count * share))
  return { opcode, count, p50Ns: quantile(0.5), p99Ns: quantile(0.99), maxNs }
}

/** The end of the bucket by which so many have been counted. */
function quantileOf(sums: Float64Array, wanted: number): number {
  let counted = 0
  const bucket = sums.findIndex((count) => {
    counted += count
    return counted >= wanted
  })
  // The last has no end.
  return bucket < BUCKETS - 1 ? endOf(bucket) : Number.POSITIVE_INFINITY
}

function endOf(bucket: number): number {
  return 2 ** (FIRST_OCTAVE + Math.floor(bucket / STEPS)) * (1 + ((bucket % STEPS) + 1) / STEPS)
}
