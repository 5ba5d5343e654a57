// Where a simulation's decisions come from. The same choices give the same run, to the last event.

/** Decides between `count` possibilities. */
export interface Choices {
  /** @returns an integer from 0 to count - 1; `count` is at least 1 */
  next(count: number): number
}

/**
 * Decides by a list, as a property-based test gives it: whatever shortens the list or lowers its numbers makes
 * the run simpler, for once it is used up the first possibility is taken.
 */
export function listedChoices(list: readonly number[]): Choices {
  let at = 0
  return {
    next: (count) => {
      const choice = list[at] ?? 0
      at += 1
      return choice % count
    },
  }
}

/** Decides by a seed, for runs of any length: xorshift32. */
export function seededChoices(seed: number): Choices {
  // 0 would stay 0.
  let state = seed >>> 0 || 0x9e3779b9
  return {
    next: (count) => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % count
    },
  }
}
