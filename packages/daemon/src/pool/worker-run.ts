// One thread's time on a seat: an endless Piscina task, which resolves with the session's end and rejects when the
// worker ends before, whatever ended it.

import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { FuseError, type FuseErrorCode } from '@fuseloop/core/session'
import type { Piscina } from 'piscina'
import { offer } from '../control/comlink-port.js'
import type {
  FailureReport,
  MainControl,
  ReadyReport,
  WorkerStartMessage,
} from './worker-start-message.js'

/** Named with each task: a thread that has none yet loads nothing. */
const ENTRY = new URL('./worker-entry.js', import.meta.url).href
/** How long the task's end may come before the worker's own report, which names the reason better. */
const REPORT_MS = 200

export class WorkerRun {
  /** @throws FuseError when the worker ends before it is ready */
  readonly ready: Promise<ReadyReport>
  /** Why the worker has ended; undefined when the session has. Never rejects. */
  readonly ended: Promise<string | undefined>
  readonly #abort = new AbortController()
  #report: ReadyReport | undefined
  /** Better than what the thread's end tells. */
  #reason: string | undefined
  #hasEnded = false

  constructor(
    piscina: Piscina,
    start: Omit<WorkerStartMessage, 'control' | 'services'>,
    services: object | undefined,
  ) {
    const ports = openPorts(services)
    const reported = new Promise<ReadyReport>((resolve, reject) => {
      const api: MainControl = {
        ready: (report) => {
          this.#report = report
          resolve(report)
        },
        failed: (report) => {
          this.#reason ??= report.message
          reject(failure(report))
        },
      }
      offer(api, ports.control.port1)
    })
    const message = { ...start, control: ports.control.port2, services: ports.services?.port2 }
    const { signal } = this.#abort
    const options = { filename: ENTRY, transferList: ports.transferred, signal }
    const task: Promise<void> = piscina.run(message, options)
    this.ready = Promise.race([reported, endedEarly(task)])
    // Whoever waits for the end alone learns of it there.
    this.ready.catch(() => undefined)
    this.ended = task
      .then(
        () => undefined,
        (error: unknown) => this.#reason ?? messageOf(error),
      )
      .finally(() => {
        this.#hasEnded = true
        ports.control.port1.close()
        ports.services?.port1.close()
      })
  }

  /** It has made its handlers and taken its seat, now or before it ended. */
  get wasReady(): boolean {
    return this.#report !== undefined
  }

  get isServing(): boolean {
    return this.wasReady && !this.#hasEnded
  }

  /** Of the seat, while the worker serves. */
  get generation(): number | undefined {
    return this.#hasEnded ? undefined : this.#report?.generation
  }

  /** Ends the thread; `ended` gives the reason at once, while the thread itself may take its time. */
  terminate(reason: string): void {
    this.#reason ??= reason
    this.#abort.abort()
  }
}

function openPorts(services: object | undefined) {
  const control = new MessageChannel()
  const forServices = services === undefined ? undefined : new MessageChannel()
  if (services !== undefined && forServices !== undefined) offer(services, forServices.port1)
  const transferred = forServices === undefined ? [] : [forServices.port2]
  return { control, services: forServices, transferred: [control.port2, ...transferred] }
}

async function endedEarly(task: Promise<void>): Promise<never> {
  try {
    await task
  } catch (cause) {
    await delay(REPORT_MS, undefined, { ref: false })
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
