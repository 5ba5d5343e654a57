// The worker threads of a session: a Piscina pool with one endless task per worker. Piscina starts and ends
// threads; what runs in them, failure, back-off and replacement are ours.

import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { FuseError, type FuseErrorCode } from '@fuseloop/core/session'
import { Piscina } from 'piscina'
import { offer } from '../control/comlink-port.js'
import type {
  FailureReport,
  MainControl,
  ReadyReport,
  WorkerStartMessage,
} from './worker-start-message.js'

const RESTART_DELAY_MS = 50
const RESTART_DELAY_MOST_MS = 5000
/** Replacements in a row without a worker that got ready in between. */
const FAILED_RESTARTS_MOST = 10

export interface WorkerPoolOptions {
  readonly workers: number
  /** All but what differs from worker to worker. */
  readonly start: Omit<WorkerStartMessage, 'worker' | 'control' | 'services'>
  /** Reached by workers through comlink; undefined if there is none. */
  readonly services: object | undefined
  /** A worker died and was, or could not be, replaced. */
  readonly onWorkerLost: (worker: number, reason: string) => void
  /** No worker can be had any more. */
  readonly onExhausted: (reason: string) => void
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #piscina: Piscina
  /** One per running task: a signal shared by more than ten makes Node warn of a leak. */
  readonly #running = new Set<AbortController>()
  readonly #tasks: Promise<void>[] = []
  #stopping = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#piscina = new Piscina({
      filename: new URL('./worker-entry.js', import.meta.url).href,
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // The default parks an idle worker's event loop in Atomics.wait().
      atomics: 'disabled',
      // Piscina tries require() before import(); a thread that is ended within require() of a module that is to be
      // imported takes the whole process with it (v8::Module::IsGraphAsync, Node 20).
      execArgv: ['--enable-source-maps', '--no-experimental-require-module'],
      // Handles are descriptors shared by all threads; one worker's exit must not close them.
      trackUnmanagedFds: false,
    })
    // A worker that ends outside its task; the task's own promise tells the rest.
    this.#piscina.on('error', () => undefined)
  }

  /** Starts all workers; resolves when each has made its handlers. @throws FuseError of the first that fails */
  async start(): Promise<ReadyReport> {
    const starts = Array.from({ length: this.#options.workers }, (_, worker) => this.#run(worker))
    const [first] = await Promise.all(starts.map((start) => start.ready))
    for (const [worker, start] of starts.entries())
      this.#tasks.push(this.#watch(worker, start.ended))
    return first as ReadyReport
  }

  /** Waits for the tasks, which end with the session, at most `deadlineMs`; then ends the threads. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true
    const deadline = new AbortController()
    await Promise.race([
      Promise.allSettled(this.#tasks),
      delay(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined),
    ])
    deadline.abort()
    for (const task of this.#running) task.abort()
    await this.#piscina.destroy()
  }

  #run(worker: number): { ready: Promise<ReadyReport>; ended: Promise<void> } {
    const control = new MessageChannel()
    const services = this.#options.services === undefined ? undefined : new MessageChannel()
    if (services !== undefined) offer(this.#options.services as object, services.port1)
    const message: WorkerStartMessage = {
      ...this.#options.start,
      worker,
      control: control.port2,
      services: services?.port2,
    }
    const transferList = services === undefined ? [control.port2] : [control.port2, services.port2]
    const reported = new Promise<ReadyReport>((resolve, reject) => {
      const api: MainControl = {
        ready: (report) => resolve(report),
        failed: (report) => reject(failure(report)),
      }
      offer(api, control.port1)
    })
    const abort = new AbortController()
    this.#running.add(abort)
    const ended: Promise<void> = this.#piscina.run(message, {
      transferList,
      signal: abort.signal,
    })
    ended
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(abort)
        control.port1.close()
        services?.port1.close()
      })
    return { ready: Promise.race([reported, endedEarly(ended)]), ended }
  }

  /** Replaces the worker whenever it dies, until the session ends. */
  async #watch(worker: number, task: Promise<void>): Promise<void> {
    let current = task
    let failures = 0
    for (;;) {
      const reason = await current.then(() => undefined, messageOf)
      if (this.#stopping || reason === undefined) return
      this.#options.onWorkerLost(worker, reason)
      await delay(Math.min(RESTART_DELAY_MS * 2 ** failures, RESTART_DELAY_MOST_MS))
      if (this.#stopping) return
      const next = this.#run(worker)
      current = next.ended
      const isReady = await next.ready.then(
        () => true,
        () => false,
      )
      failures = isReady ? 0 : failures + 1
      if (failures >= FAILED_RESTARTS_MOST) {
        this.#options.onExhausted(`worker ${worker} failed to start ${failures} times: ${reason}`)
        return
      }
    }
  }
}

async function endedEarly(ended: Promise<void>): Promise<never> {
  try {
    await ended
  } catch (cause) {
    // The worker reports why it fails before it does; wait for that report, which names the reason better.
    await delay(200, undefined, { ref: false })
    throw new FuseError(
      'ERR_FUSE_WORKER',
      `a worker ended before it was ready: ${messageOf(cause)}`,
      { cause },
    )
  }
  throw new FuseError('ERR_FUSE_WORKER', 'a worker ended before it was ready')
}

function failure(report: FailureReport): FuseError {
  const code = report.code.startsWith('ERR_FUSE_')
    ? (report.code as FuseErrorCode)
    : 'ERR_FUSE_WORKER'
  return new FuseError(code, report.message)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
