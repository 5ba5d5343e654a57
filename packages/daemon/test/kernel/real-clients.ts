// Client processes of a real mount, forked by one helper (kernel-tool.py) that does not touch it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { waitUntil } from '../support/wait-until.js'
import type { Client, Outcome, Step } from './kernel-under-test.js'

/** Compiled tests lie beside their sources. */
export const KERNEL_TOOL = fileURLToPath(
  new URL('../../test/kernel/kernel-tool.py', import.meta.url),
)
/** Not a wrapper that chooses a version, which would cost time at each start. */
export const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
  timeout: 10_000,
}).trim()

/** States of a process that waits killably, or has ended. */
const GONE_ON: readonly (string | undefined)[] = ['D', 'Z', 'X', undefined]

interface ClientEvent {
  readonly call: number
  readonly pid?: number
  readonly outcome?: Outcome
  readonly ended?: true
}

class RealClient implements Client {
  readonly outcomes: Promise<readonly Outcome[]>
  readonly #steps: number
  readonly #send: (signal: NodeJS.Signals) => void
  readonly #outcomes: Outcome[] = []
  #settle: (outcomes: readonly Outcome[]) => void = () => undefined
  #pid = 0
  #isEnded = false

  /** @param send signals it by the helper, which alone knows whether its pid is still its own */
  constructor(steps: number, send: (signal: NodeJS.Signals) => void) {
    this.#steps = steps
    this.#send = send
    this.outcomes = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get done(): number {
    return this.#outcomes.length
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  async signal(): Promise<void> {
    this.#send('SIGUSR1')
    // Where it has seen the signal it waits killably: state D (fs/fuse/dev.c request_wait_answer()). On a busy machine it
    // is runnable before, for as long as it has no CPU.
    await waitUntil('the client is interrupted', () => GONE_ON.includes(stateOf(this.#pid)))
  }

  goOn(): void {
    this.#send('SIGUSR2')
  }

  kill(): void {
    this.#send('SIGKILL')
  }

  receive({ pid, outcome, ended }: ClientEvent): void {
    if (pid !== undefined) this.#pid = pid
    if (outcome !== undefined) this.#outcomes.push(outcome)
    if (ended === true) {
      this.#isEnded = true
      while (this.#outcomes.length < this.#steps) this.#outcomes.push('killed')
    }
    if (this.#outcomes.length === this.#steps) this.#settle(this.#outcomes)
  }
}

/** The letter behind the command's name in parentheses; undefined when the process is gone. */
function stateOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0]
  } catch {
    return undefined
  }
}

export class RealClients {
  readonly #helper: ChildProcess
  readonly #clients = new Map<number, RealClient>()
  #lastCall = 0

  constructor(mountpoint: string) {
    this.#helper = spawn(PYTHON, ['-I', '-S', KERNEL_TOOL, 'clients', mountpoint], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (this.#helper.stdout === null) throw new Error('the helper has no output')
    createInterface(this.#helper.stdout).on('line', (line) => {
      const event = JSON.parse(line) as ClientEvent
      this.#clients.get(event.call)?.receive(event)
    })
  }

  start(steps: readonly Step[]): Client {
    this.#lastCall += 1
    const call = this.#lastCall
    const client = new RealClient(steps.length, (signal) => this.#tell({ call, signal }))
    this.#clients.set(call, client)
    this.#tell({ call, steps })
    return client
  }

  /** Kills all clients; the connection must have ended before. */
  async endAll(): Promise<void> {
    const clients = [...this.#clients.values()]
    for (const client of clients) client.kill()
    await waitUntil('all clients have ended', () => clients.every((client) => client.isEnded))
    this.#clients.clear()
  }

  close(): void {
    this.#helper.stdin?.end()
  }

  #tell(order: object): void {
    this.#helper.stdin?.write(`${JSON.stringify(order)}\n`)
  }
}
