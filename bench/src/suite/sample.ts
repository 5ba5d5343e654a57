// What one run of one workload on one contestant gave.

export interface Sample {
  readonly opsPerSecond: number
  readonly p50Us: number
  readonly p99Us: number
  /** CPU time of the daemon, all its threads. */
  readonly cpuUsPerOp: number
  /** Memory of the daemon after the run; 0 where there is none. */
  readonly rssMiB: number
  /** Share of the machine's CPUs that neither daemon nor client used, nor were idle: 0 to 1. */
  readonly foreignLoad: number
  /** Of `stuck-12`: requests answered while the other handler was stuck. */
  readonly answeredInTime?: number
}
