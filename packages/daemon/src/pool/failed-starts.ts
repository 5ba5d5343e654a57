// How often workers may fail to start, one time after the other, before a mount without any is given up.

/**
 * For one seat. With the pauses between them it takes half a minute, in which a module can be repaired, before clients
 * have only a mount left that answers EIO.
 */
export const MAX_FAILED_STARTS = 10

/** Counts while nobody serves; whoever serves clears it. */
export class FailedStarts {
  readonly #inRow = new Map<number, number>()

  /** Counts one more of this worker's seat; false when it was one too many. */
  add(worker: number): boolean {
    const failed = (this.#inRow.get(worker) ?? 0) + 1
    this.#inRow.set(worker, failed)
    return failed < MAX_FAILED_STARTS
  }

  clear(): void {
    this.#inRow.clear()
  }
}
