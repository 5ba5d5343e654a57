// The mounting process as the test holds it: started, asked over IPC, signalled, ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SessionEnd } from '@fuseloop/daemon'
import type { DaemonMessage, MountOrder } from './daemon-main.js'
import { dumpProcesses, groupMembers } from './process-dump.js'
import { type Outcome, type SentCall, unwrap } from './sent-function.js'
import { waitUntil, within } from './wait-until.js'

const DAEMON_MAIN = fileURLToPath(new URL('./daemon-main.js', import.meta.url))
const READY_DEADLINE_MS = 60_000
export const CALL_DEADLINE_MS = 60_000
const LAST_WORDS_MS = 5000

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class DaemonProcess {
  readonly pid: number
  /** The process is gone, and what it has said is in its log. */
  readonly ended: Promise<ProcessEnd>
  /** What its session's `closed` gave; pending for ever when it is killed. */
  readonly closed: Promise<SessionEnd>
  readonly #child: ChildProcess
  readonly #mounted: Promise<Outcome>
  readonly #calls = new Map<number, (outcome: Outcome) => void>()
  /** All that it has sent has come. */
  readonly #disconnected: Promise<unknown>
  #lastCall = 0
  #log = ''

  constructor(order: MountOrder) {
    this.#child = spawn(process.execPath, [DAEMON_MAIN, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // A group of its own, so that whatever it starts ends with it.
      detached: true,
    })
    this.pid = this.#child.pid ?? 0
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    }
    this.#disconnected = once(this.#child, 'disconnect')
    this.ended = this.#untilEnded()
    const told = this.#listen()
    this.#mounted = told.mounted
    this.closed = told.closed
  }

  /** Everything it has written to stdout and stderr. */
  get log(): string {
    return this.#log
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** @throws what mount() threw there */
  async ready(): Promise<void> {
    const ready = Promise.race([this.#mounted, this.#died('it mounted')])
    unwrap(await within('mounting', ready, READY_DEADLINE_MS, () => this.dump()))
  }

  /** Runs a function in the mounting process's main thread. */
  async call<V>(call: SentCall, deadlineMs: number): Promise<V> {
    this.#lastCall += 1
    const id = this.#lastCall
    const done = new Promise<Outcome>((resolve) => {
      this.#calls.set(id, resolve)
    })
    this.#child.send({ ...call, id })
    const answered = Promise.race([done, this.#died('it answered')])
    return unwrap(await within('a call in the daemon', answered, deadlineMs, () => this.dump()))
  }

  async logged(pattern: RegExp): Promise<void> {
    await waitUntil(`the daemon logs ${pattern}`, () => pattern.test(this.#log))
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends it and all it has started. Its connection must be aborted first: else it may not die. */
  async destroy(): Promise<void> {
    this.destroyNow()
    await within('the death of the daemon', this.ended, 30_000, () => this.dump())
  }

  destroyNow(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // The whole group is gone.
    }
  }

  dump(): string {
    return `${dumpProcesses(groupMembers(this.pid))}\nlog of the daemon:\n${this.#log}`
  }

  async #untilEnded(): Promise<ProcessEnd> {
    const closed = once(this.#child, 'close')
    const [code, signal] = await once(this.#child, 'exit')
    // Its last words may come later; what it has started may hold the pipes for longer than it lives.
    const timer = new AbortController()
    const isLate = delay(LAST_WORDS_MS, undefined, { signal: timer.signal }).catch(() => undefined)
    await Promise.race([closed, isLate])
    timer.abort()
    return { code, signal }
  }

  /** Rejects when the process ends, unless what it owes comes first: its last message may come later. */
  #died(before: string): Promise<never> {
    const died = this.#disconnected.then(async () => {
      const { code, signal } = await this.ended
      throw new Error(`the daemon ended with ${signal ?? code} before ${before}\n${this.#log}`)
    })
    died.catch(() => undefined)
    return died
  }

  #listen(): { mounted: Promise<Outcome>; closed: Promise<SessionEnd> } {
    let onClosed: (end: SessionEnd) => void = () => undefined
    const closed = new Promise<SessionEnd>((resolve) => {
      onClosed = resolve
    })
    const mounted = new Promise<Outcome>((resolve) => {
      this.#child.on('message', (given) => {
        const message = given as DaemonMessage
        if (message.kind === 'done') this.#calls.get(message.id)?.(message.outcome)
        else if (message.kind === 'closed') onClosed(unwrap(message.outcome))
        else resolve(message.outcome)
      })
    })
    return { mounted, closed }
  }
}
