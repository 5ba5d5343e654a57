// Keeps one seat served: replaces its worker whenever that dies or is stuck, until the session ends. A seat is free
// for the next worker when the last one's thread has ended, which is natively known.

import { setTimeout as delay } from 'node:timers/promises'
import type { NativeSession } from '@fuseloop/native'
import { OwnTime } from './own-time.js'
import type { WorkerRun } from './worker-run.js'
import type { ReadyReport } from './worker-start-message.js'

/** A worker that served is replaced after this. */
const RESTART_DELAY_MS = 50
/** After starts that failed: from 100 ms, twice as long each time. */
const RETRY_DELAY_MS = 100
const RETRY_DELAY_MOST_MS = 10_000
const SEAT_POLL_MS = 10
/** terminate() ends a thread that runs JavaScript in some 20 ms; after this its system call is interrupted. */
const INTERRUPT_AFTER_MS = 500
const INTERRUPT_EVERY_MS = 100
/** Then the log says that the thread does not end. */
const REPORT_AFTER_MS = 5000

/** What became of a seat's workers. */
export interface SeatHistory {
  /** Workers that had to be replaced, stuck ones included. */
  readonly restarts: number
  readonly lastEnd: WorkerEnd | undefined
}

/** How a worker ended. */
export interface WorkerEnd {
  /** One line. */
  readonly reason: string
  /** ISO 8601. */
  readonly at: string
}

export interface SeatKeeperParts {
  readonly worker: number
  readonly native: Pick<NativeSession, 'abandonWorker' | 'isSeatFree' | 'interruptWorker'>
  readonly begin: () => WorkerRun
  /** May its worker be replaced? `served`: it had been ready. */
  readonly mayReplace: (served: boolean, reason: string) => boolean
  readonly log: (message: string) => void
}

export class SeatKeeper {
  readonly #parts: SeatKeeperParts
  readonly #stop = new AbortController()
  #run: WorkerRun
  #restarts = 0
  #lastEnd: WorkerEnd | undefined
  /** Settles when no worker is, or comes, any more. */
  readonly done: Promise<void>

  /** Starts the first worker. */
  constructor(parts: SeatKeeperParts) {
    this.#parts = parts
    this.#run = parts.begin()
    this.done = this.#keep()
  }

  /** Of the first worker. @throws FuseError when it does not start */
  get ready(): Promise<ReadyReport> {
    return this.#run.ready
  }

  get isServing(): boolean {
    return this.#run.isServing
  }

  get history(): SeatHistory {
    return { restarts: this.#restarts, lastEnd: this.#lastEnd }
  }

  /** The watchdog has found the worker of this generation stuck. */
  replaceStuck(generation: number): void {
    if (this.#run.generation !== generation) return
    this.#terminate('stuck in a handler past its deadline')
  }

  /** No worker is replaced any more. */
  stopReplacing(): void {
    this.#stop.abort()
  }

  /** Ends the worker's thread, if there is one, and waits until the seat is free, at most so long. */
  async end(deadlineMs: number): Promise<void> {
    this.stopReplacing()
    if (this.#isFree) return
    this.#terminate('the session is ending')
    await this.#untilFree(deadlineMs)
  }

  #terminate(reason: string): void {
    // Before the thread ends, which may take a while: clients wait for this.
    this.#parts.native.abandonWorker(this.#parts.worker)
    this.#run.terminate(reason)
  }

  get #isFree(): boolean {
    return this.#parts.native.isSeatFree(this.#parts.worker)
  }

  async #keep(): Promise<void> {
    // A first start that fails is the mount's failure.
    if (!(await this.#run.ready.then(() => true).catch(() => false))) return
    for (let failures = 0; ; ) {
      const reason = await this.#run.ended
      if (this.#stop.signal.aborted || reason === undefined) return
      const served = this.#run.wasReady
      failures = served ? 0 : failures + 1
      this.#lastEnd = { reason, at: new Date().toISOString() }
      if (!this.#parts.mayReplace(served, reason)) return
      const delayMs = served
        ? RESTART_DELAY_MS
        : Math.min(RETRY_DELAY_MS * 2 ** (failures - 1), RETRY_DELAY_MOST_MS)
      this.#tell(served, reason, delayMs)
      await this.#pause(delayMs)
      await this.#untilFree()
      if (this.#stop.signal.aborted) return
      if (served) this.#restarts += 1
      this.#run = this.#parts.begin()
    }
  }

  #tell(served: boolean, reason: string, delayMs: number): void {
    const { worker, log } = this.#parts
    log(
      served
        ? `worker ${worker} ended: ${reason}; replacing it`
        : `worker ${worker} does not start: ${reason}; trying again in ${delayMs} ms`,
    )
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  /** At most `mostMs`, and not when the session ends meanwhile. */
  async #untilFree(mostMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { worker, native, log } = this.#parts
    const isStopping = this.#stop.signal.aborted
    let isReported = false
    let interruptAt = INTERRUPT_AFTER_MS
    for (const time = new OwnTime(); !this.#isFree; await delay(SEAT_POLL_MS)) {
      const waitedMs = time.look()
      if (waitedMs >= mostMs || (this.#stop.signal.aborted && !isStopping)) return
      if (waitedMs >= interruptAt) {
        native.interruptWorker(worker)
        interruptAt += INTERRUPT_EVERY_MS
      }
      if (waitedMs >= REPORT_AFTER_MS && !isReported) {
        isReported = true
        log(`worker ${worker} waits in a call that cannot be ended; its seat stays empty meanwhile`)
      }
    }
  }
}
