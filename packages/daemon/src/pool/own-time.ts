// Time in which this thread could look. The machine may stand still, this process be stopped, or the thread be busy:
// what others have done by then is seen at the next look, so that such a pause is no reason to give them up.

import { setTimeout as delay } from 'node:timers/promises'

/** Of the time between two looks no more counts. */
const STEP_MS = 100

export class OwnTime {
  #lookedAt = performance.now()
  #elapsedMs = 0

  /** To be asked once a STEP_MS at least. */
  look(): number {
    const now = performance.now()
    this.#elapsedMs += Math.min(now - this.#lookedAt, STEP_MS)
    this.#lookedAt = now
    return this.#elapsedMs
  }
}

/** Resolves when `promise` has, or so many ms of own time are over. */
export async function withinOwnTime(mostMs: number, promise: Promise<unknown>): Promise<void> {
  let isSettled = false
  const settled = promise.then(() => {
    isSettled = true
  })
  for (const time = new OwnTime(); !isSettled && time.look() < mostMs; ) {
    const step = new AbortController()
    await Promise.race([
      settled,
      delay(STEP_MS, undefined, { signal: step.signal }).catch(() => undefined),
    ])
    step.abort()
  }
}
