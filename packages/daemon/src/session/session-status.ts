// What `session.status()` tells, gathered from shared memory: cheap, and true at the moment of asking.

import { readLatencies } from '@fuseloop/core/dispatch'
import { opcodeName } from '@fuseloop/core/protocol'
import {
  type RequestRing,
  type RingCounters,
  readRingCounters,
  readWorkerCounters,
} from '@fuseloop/core/ring'
import type { CacheKnobs, SessionParameters } from '@fuseloop/core/session'
import type { SeatHistory, WorkerEnd } from '../pool/seat-keeper.js'
import type { PassthroughStatus } from './passthrough-status.js'
import type { Transport } from './transport-choice.js'

export type Loop = 'single' | 'multi'

/** What has become of one operation's requests, all workers together. */
export interface OperationStatus {
  readonly name: string
  /** Requests answered. */
  readonly count: number
  /** Microseconds from reading the request to answering it: at most 3.2 % above the median, never below. */
  readonly p50Us: number
  /** The same of the slowest hundredth. */
  readonly p99Us: number
  /** The longest of all, in microseconds. */
  readonly maxUs: number
}

/** One seat of the pool. */
export interface WorkerStatus {
  /** Its index, from 0. */
  readonly worker: number
  readonly alive: boolean
  /** Requests answered on this seat, by all the threads it has had. */
  readonly served: number
  /** Workers of this seat that ended and were replaced. */
  readonly restarts: number
  /** How the last one ended, or why its successor did not start. */
  readonly lastEnd: WorkerEnd | undefined
}

export type { WorkerEnd }

/** A mount as it is at the moment of asking. */
export interface SessionStatus {
  readonly mountpoint: string
  readonly filesystem: string
  /** Of the process that serves. */
  readonly pid: number
  readonly loop: Loop
  /** How requests reach the workers. */
  readonly transport: Transport
  /** Why each better one does not run, a sentence each, by name. */
  readonly transports: Readonly<Partial<Record<Transport, string>>>
  /** Whether a handler that is stuck may hold up requests that nobody has begun. */
  readonly headOfLineBlocking: boolean
  /** What INIT settled: sizes, and the flags offered, asked and granted. */
  readonly parameters: SessionParameters
  /** What the kernel may keep, and for how long. */
  readonly cache: CacheKnobs
  readonly counters: RingCounters
  /** Opens whose reads and writes pass the daemon by, and why others do not. */
  readonly passthrough: PassthroughStatus
  /** Kept by the framework: locks held, and requests that wait for one. */
  readonly locks: { readonly held: number; readonly waiting: number }
  /**
   * Nodes that the kernel refers to, the root being one; those that are remembered besides (`rememberNodes`); and how
   * often the kernel forgot more than was counted: then somebody miscounts.
   */
  readonly nodes: {
    readonly known: number
    readonly remembered: number
    readonly underflows: number
  }
  readonly workers: readonly WorkerStatus[]
  /** What was served, the most frequent first. */
  readonly operations: readonly OperationStatus[]
}

/** @param latencies createLatencies() of @fuseloop/core/dispatch */
export function readOperations(latencies: SharedArrayBuffer): OperationStatus[] {
  return readLatencies(latencies)
    .map(({ opcode, count, p50Ns, p99Ns, maxNs }) => ({
      name: opcodeName(opcode),
      count,
      p50Us: p50Ns / 1000,
      p99Us: p99Ns / 1000,
      maxUs: maxNs / 1000,
    }))
    .sort((a, b) => b.count - a.count)
}

export function readWorkers(ring: RequestRing, history: readonly SeatHistory[]): WorkerStatus[] {
  return history.map((ofSeat, worker) => ({
    worker,
    ...readWorkerCounters(ring, worker),
    ...ofSeat,
  }))
}

export { readRingCounters }
