// The shape of a report, as `--json` writes it. Names in it are stable.

import type { Configuration, Contestant } from '../contestants/contestant.js'
import type { MachineFacts } from '../machine/machine-facts.js'

export interface Report {
  readonly machine: MachineFacts
  readonly method: Method
  /** By contestant: the same for all its rows. */
  readonly configurations: Readonly<Record<string, Configuration>>
  readonly results: readonly Result[]
  readonly ratios: readonly Ratio[]
  readonly notAvailable: readonly { readonly contestant: string; readonly reason: string }[]
  readonly failures: readonly Failure[]
}

interface Method {
  readonly quick: boolean
  readonly rounds: number
  readonly warmupSeconds: number
  readonly seconds: number
  readonly settleSeconds: number
  readonly idleSeconds: number
  /** How often burnCpu() mixes in 100 us. */
  readonly burnRounds: number
}

/** Medians over the rounds; `min` and `max` are of operations a second. */
export interface Result {
  readonly workload: string
  readonly contestant: string
  /** What it serves: rows of one kind can be compared. */
  readonly serves: Contestant['serves']
  readonly opsPerSecond: number
  readonly p50Us: number
  readonly p99Us: number
  /** CPU time of the daemon. */
  readonly cpuUsPerOp: number
  readonly rounds: number
  readonly min: number
  readonly max: number
  readonly rssMiB: number
  /** Share of all CPUs that others had, 0 to 1; the median and the most of all rounds. */
  readonly foreignLoad: number
  readonly foreignLoadMax: number
  /** Of `stuck-12`: the fewest of all rounds. */
  readonly answeredInTime?: number
}

/** Of medians of operations a second in the same run. */
export interface Ratio {
  readonly workload: string
  readonly contestant: string
  readonly reference: string
  readonly ratio: number
}

export interface Failure {
  readonly workload: string
  readonly contestant: string
  readonly round: number
  readonly message: string
}
