// By what requests are timed. In production CLOCK_MONOTONIC, which native threads read too.

/** Time and timers; tests have one of their own. */
export interface Clock {
  /** Nanoseconds since some fixed point; never backwards. */
  now(): bigint
}

/** The machine's. */
export const MONOTONIC_CLOCK: Clock = { now: () => process.hrtime.bigint() }
