// What all measurements of a run share.

export interface Durations {
  readonly warmupSeconds: number
  readonly seconds: number
  /** How long an idle daemon is left alone before it is watched. */
  readonly settleSeconds: number
  readonly idleSeconds: number
}

export interface BenchContext {
  readonly durations: Durations
  /** The compiled client. */
  readonly client: string
  /** The directory that loopbacks show, with a file `data` and a directory `many`. */
  readonly source: string
  readonly burnRounds: number
  /** Numbers of the CPUs that may be used. */
  readonly cpus: readonly number[]
  /** What a sudden end of the suite must end. */
  readonly running: Set<Running>
}

/** A daemon with its mount and its folder. */
export interface Running {
  /** Leaves nothing behind, as far as it goes without waiting. */
  destroyNow(): void
}
