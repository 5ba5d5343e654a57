// Work that takes the same time in each run, however the threads are scheduled: a number of rounds of arithmetic. The
// C reference (../reference/operations.c) does the same, as often.

/** @param rounds what burnRounds() has found */
export function burnCpu(rounds: number): number {
  let x = 2463534242 | 0
  for (let round = 0; round < rounds; round += 1) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
  }
  return x
}

/** How many rounds take so many microseconds on this machine; the quickest of several trials, the first ones warm up. */
export function burnRounds(microseconds: number): number {
  const rounds = 200_000
  let quickestMs = Number.POSITIVE_INFINITY
  for (let trial = 0; trial < 50; trial += 1) {
    const started = performance.now()
    burnCpu(rounds)
    quickestMs = Math.min(quickestMs, performance.now() - started)
  }
  return Math.round((rounds * microseconds) / 1000 / quickestMs)
}
