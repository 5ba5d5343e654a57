// By what requests are timed. In production CLOCK_MONOTONIC, which native threads read too.

export interface Clock {
  /** Nanoseconds since some fixed point; never backwards. */
  now(): bigint
}

export const MONOTONIC_CLOCK: Clock = { now: () => process.hrtime.bigint() }
