// How often workers may be replaced before a mount is given up.

/** What `maxRestarts` counts within, in ms. */
export const RESTART_WINDOW_MS = 60_000
export const DEFAULT_MAX_RESTARTS = 60

export class RestartBudget {
  /** Replacements allowed within any 60 s. */
  readonly most: number
  readonly #now: () => number
  readonly #spent: number[] = []

  constructor(most: number, now: () => number = () => performance.now()) {
    this.most = most
    this.#now = now
  }

  /** Counts one more replacement; false when it is one too many. */
  spend(): boolean {
    const now = this.#now()
    while (this.#spent.length > 0 && (this.#spent[0] as number) <= now - RESTART_WINDOW_MS)
      this.#spent.shift()
    if (this.#spent.length >= this.most) return false
    this.#spent.push(now)
    return true
  }
}
