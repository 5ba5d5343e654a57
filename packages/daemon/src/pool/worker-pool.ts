// The worker threads of a session: a Piscina pool with one endless task per worker. Piscina starts and ends
// threads; what runs in them, failure, back-off and replacement are ours.

import type { ResourceLimits, Worker } from 'node:worker_threads'
import { loadNativeBinding, type NativeSession } from '@fuseloop/native'
import { Piscina } from 'piscina'
import { descriptorsAreScarce } from './descriptor-need.js'
import { FailedStarts, MAX_FAILED_STARTS } from './failed-starts.js'
import { withinOwnTime } from './own-time.js'
import { RESTART_WINDOW_MS, RestartBudget } from './restart-budget.js'
import { type SeatHistory, SeatKeeper } from './seat-keeper.js'
import { WorkerRun } from './worker-run.js'
import type { ReadyReport, WorkerStartMessage } from './worker-start-message.js'

/** What threads get that are terminated at the session's end. */
const END_DEADLINE_MS = 2000

export interface WorkerPoolOptions {
  readonly workers: number
  readonly resourceLimits: ResourceLimits
  /** Replacements within any 60 s. */
  readonly maxRestarts: number
  readonly native: NativeSession
  /** All but what differs from worker to worker. */
  readonly start: Omit<WorkerStartMessage, 'worker' | 'control' | 'services'>
  /** Reached by workers through comlink; undefined if there is none. */
  readonly services: object | undefined
  readonly log: (message: string) => void
  /** `maxRestarts` is exceeded, or nobody serves and no start succeeds: no worker is replaced any more. */
  readonly onExhausted: (reason: string) => void
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #piscina: Piscina
  readonly #budget: RestartBudget
  readonly #failedStarts = new FailedStarts()
  readonly #threads = new Set<Worker>()
  readonly #seats: SeatKeeper[] = []
  #isExhausted = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#budget = new RestartBudget(options.maxRestarts)
    this.#piscina = new Piscina({
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // The default parks an idle worker's event loop in Atomics.wait().
      atomics: 'disabled',
      // Piscina tries require() before import(); a thread that is ended within require() of a module that is to be
      // imported takes the whole process with it (v8::Module::IsGraphAsync, Node 20).
      execArgv: ['--enable-source-maps', '--no-experimental-require-module'],
      resourceLimits: options.resourceLimits,
      // Handles are descriptors shared by all threads; one worker's exit must not close them.
      trackUnmanagedFds: false,
    })
    // A worker that ends outside its task; the task's own promise tells the rest.
    this.#piscina.on('error', () => undefined)
  }

  /** Starts all workers; resolves when each has made its handlers. @throws FuseError of the first that fails */
  async start(): Promise<ReadyReport> {
    const { workers } = this.#options
    const isOneByOne = descriptorsAreScarce(workers)
    for (let worker = 0; worker < workers; worker += 1) {
      const seat = this.#keep(worker)
      this.#seats.push(seat)
      if (isOneByOne) await seat.ready
    }
    const [first] = await Promise.all(this.#seats.map(({ ready }) => ready))
    return first as ReadyReport
  }

  /** By seat. */
  get history(): readonly SeatHistory[] {
    return this.#seats.map(({ history }) => history)
  }

  /** The watchdog has found a worker stuck; `generation` is that of its seat. */
  replaceStuck(worker: number, generation: number): void {
    this.#seats[worker]?.replaceStuck(generation)
  }

  /** Waits for the tasks, which end with the session, at most `deadlineMs`; then ends the threads. */
  async stop(deadlineMs: number): Promise<void> {
    for (const seat of this.#seats) seat.stopReplacing()
    await withinOwnTime(deadlineMs, Promise.all(this.#seats.map(({ done }) => done)))
    const ended = this.#seats.map((seat) => seat.end(END_DEADLINE_MS))
    // Idle threads too. It waits for all, and for one that does not end it would wait for ever.
    await withinOwnTime(END_DEADLINE_MS, Promise.all([...ended, this.#piscina.destroy()]))
    if (this.#threads.size > 0) this.#leaveThreadsBehind()
  }

  #keep(worker: number): SeatKeeper {
    const { start, services, native, log } = this.#options
    return new SeatKeeper({
      worker,
      native,
      log,
      begin: () => {
        const run = new WorkerRun(this.#piscina, { ...start, worker }, services)
        this.#noteThreads()
        return run
      },
      mayReplace: (served, reason) => this.#mayReplace(worker, served, reason),
    })
  }

  #mayReplace(worker: number, served: boolean, reason: string): boolean {
    if (this.#isExhausted) return false
    const tooMany = served ? this.#afterDeath(worker, reason) : this.#afterFailure(worker, reason)
    if (tooMany === undefined) return true
    this.#isExhausted = true
    this.#options.onExhausted(tooMany)
    return false
  }

  /** What there was too much of, if anything, as for the next. */
  #afterDeath(worker: number, reason: string): string | undefined {
    this.#failedStarts.clear()
    if (this.#budget.spend()) return undefined
    const most = `more than ${this.#budget.most} restarts within ${RESTART_WINDOW_MS / 1000} s`
    return `worker ${worker} ended: ${reason}; ${most} (maxRestarts)`
  }

  /** With others at work there is all the time to repair a module. */
  #afterFailure(worker: number, reason: string): string | undefined {
    if (this.#seats.some(({ isServing }) => isServing)) this.#failedStarts.clear()
    else if (!this.#failedStarts.add(worker))
      return `no worker serves, and worker ${worker} failed to start ${MAX_FAILED_STARTS} times in a row: ${reason}`
    return undefined
  }

  /** Piscina forgets those that it has told to end. */
  #noteThreads(): void {
    for (const thread of this.#piscina.threads) {
      if (this.#threads.has(thread)) continue
      this.#threads.add(thread)
      thread.once('exit', () => this.#threads.delete(thread))
    }
  }

  /** Node waits for its threads when it ends, and for one in a system call it would wait for ever. */
  #leaveThreadsBehind(): void {
    this.#options.log('a worker waits in a call that cannot be ended; its thread is left behind')
    for (const thread of this.#threads) thread.unref()
    process.once('exit', (code) => loadNativeBinding().exitNow(code))
  }
}
