// What a filesystem, or whoever mounts it, may settle about requests that take long or whose client is interrupted.

/**
 * What becomes of a request whose client gets a signal:
 * - `ignore`: nothing, and the handler does not learn of it;
 * - `signal`: the handler is told (`context.interrupted`, `context.signal`), and answers as it likes;
 * - `cancel`: EINTR while no handler has begun, if the signal ends the client; else as `signal`;
 * - `answer`: EINTR at once, also while the handler is at work: it is told, and what it answers is dropped and taken
 *   back. What it does to the filesystem may have happened or not.
 */
export type InterruptPolicy = 'ignore' | 'signal' | 'cancel' | 'answer'

/** By operation (`lookup`, `read` ...); `default` is for those that are not named. */
export interface RequestRules {
  /**
   * How long a client waits for an answer, from reading its request, in ms: 1 to 86400000, 0 for as long as it
   * takes. No deadlines if absent, unless the kernel has a request timeout of its own.
   */
  readonly timeouts?: Readonly<Record<string, number>>
  /** Name of the errno for the client at a deadline; ETIMEDOUT if absent. */
  readonly timeoutCode?: string
  /** `cancel` for operations that only look and `signal` for all others if absent. */
  readonly interrupts?: Readonly<Record<string, InterruptPolicy>>
}

/** `over` wins, name by name. */
export function mergeRules(under: RequestRules, over: RequestRules): RequestRules {
  return {
    timeouts: { ...under.timeouts, ...over.timeouts },
    timeoutCode: over.timeoutCode ?? under.timeoutCode ?? 'ETIMEDOUT',
    interrupts: { ...under.interrupts, ...over.interrupts },
  }
}
