// Requests that the session makes itself, as the kernel would: dispatch and handlers see no difference, and their
// answers come here instead of going to the device. The twin of device/own-requests.hpp.

import type { Unique } from '../base/ids.js'

/** None of the kernel's, which are even or below, nor of those that it sends again (bit 63). */
const BEFORE = (1n << 62n) + 1n

export interface OwnAnswer {
  readonly unique: Unique
  /** 0 or a negative errno. */
  readonly error: number
}

export class OwnRequests {
  #last = BEFORE
  #answers: OwnAnswer[] = []

  /** Whether an answer comes here. One that was never given out is the device's, whoever made it up. */
  isOwn(unique: Unique): boolean {
    return unique > BEFORE && unique <= this.#last && (unique & 1n) !== 0n
  }

  nextUnique(): Unique {
    this.#last += 2n
    return this.#last
  }

  settle(unique: Unique, error: number): void {
    this.#answers.push({ unique, error })
  }

  /** What was answered since the last call. */
  take(): OwnAnswer[] {
    const answers = this.#answers
    this.#answers = []
    return answers
  }
}
