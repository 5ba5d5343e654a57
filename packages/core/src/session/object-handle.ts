// Handles that are objects of a worker's, as their fh says it: bit 63, the worker, its generation, and an index in the
// lower half. The native twin is device/request-router.hpp, by which the reader finds the worker.

import type { High32, WorkerGeneration, WorkerIndex } from '../base/ids.js'

/** Bit 63 of fh, as bit 31 of its upper half. */
const MARK = 0x80000000
/** Upper half below the mark: 7 bits of worker, 24 bits of the worker's generation. */
const WORKER_SHIFT = 24
const WORKER_MASK = 0x7f
const GENERATION_MASK = 0xffffff

/** Whose object an fh stands for. */
export interface ObjectOwner {
  readonly worker: WorkerIndex
  /** Modulo 2^24. */
  readonly generation: WorkerGeneration
}

/** The upper half of fh of all objects of a worker; generations are taken modulo 2^24. */
export function objectHandleHigh({ worker, generation }: ObjectOwner): High32<'fh'> {
  return (MARK | (worker << WORKER_SHIFT) | (generation & GENERATION_MASK)) >>> 0
}

/** Undefined where the upper half of fh is that of a handler's integer. */
export function objectOwner(high: High32<'fh'>): ObjectOwner | undefined {
  if ((high & MARK) === 0) return undefined
  return { worker: (high >>> WORKER_SHIFT) & WORKER_MASK, generation: high & GENERATION_MASK }
}
