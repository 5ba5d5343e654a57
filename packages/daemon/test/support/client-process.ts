// Client processes of a mount. Each has a deadline; one that misses it is described, then ended by force.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { dumpProcesses } from './process-dump.js'
import { type Outcome, type SentCall, unwrap } from './sent-function.js'
import { waitUntil, within } from './wait-until.js'

const CLIENT_MAIN = fileURLToPath(new URL('./client-main.js', import.meta.url))
/** Of what hangs: several files run at once. */
const CLIENT_DEADLINE_MS = 120_000

export interface ClientResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly elapsedMs: number
  /** What a function of the test gave; undefined for other programs. */
  readonly outcome: Outcome | undefined
}

export interface ClientOptions {
  readonly cwd?: string
  readonly deadlineMs?: number
  readonly env?: Readonly<Record<string, string>>
  /** Called when the deadline has passed: must set the client free. Returns what to tell besides. */
  readonly onLate: (pid: number) => string
}

export class ClientProcess {
  readonly pid: number
  /** Settles when the process has ended. @throws when it misses its deadline */
  readonly ended: Promise<ClientResult>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #outcome: Outcome | undefined

  constructor(command: string, args: readonly string[], options: ClientOptions) {
    const started = performance.now()
    const { cwd } = options
    // Not spawn's own cwd: this process would wait, without a deadline, for the child to change there.
    const line = cwd === undefined ? [command, ...args] : ['env', '-C', cwd, command, ...args]
    this.#child = spawn(line[0] as string, line.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // Concurrent calls of a test's function are to be concurrent in the kernel too.
      env: { ...process.env, UV_THREADPOOL_SIZE: '64', ...options.env },
    })
    this.pid = this.#child.pid ?? 0
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    this.#child.stdin?.on('error', () => undefined)
    this.#child.on('message', (outcome) => {
      this.#outcome = outcome as Outcome
    })
    const { deadlineMs = CLIENT_DEADLINE_MS } = options
    this.ended = within(
      `client ${command} ${args.join(' ').slice(0, 200)}`,
      this.#result(started),
      deadlineMs,
      () => this.#endByForce(options.onLate),
    )
    // Whoever waits for it gets the failure; a test that has failed meanwhile does not.
    this.ended.catch(() => undefined)
  }

  /** A process that runs `call` and nothing else. */
  static calling(call: SentCall, options: ClientOptions): ClientProcess {
    const client = new ClientProcess(process.execPath, [CLIENT_MAIN], options)
    client.#child.send(call)
    return client
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Waits until the client has printed `text`. */
  async printed(text: string): Promise<void> {
    await waitUntil(`client ${this.pid} prints '${text}'`, () => this.#stdout.includes(text))
  }

  /** Waits until what the client has printed matches; the first group. */
  async answered(pattern: RegExp): Promise<string> {
    const found = (): string | undefined => pattern.exec(this.#stdout)?.[1]
    await waitUntil(`client ${this.pid} prints ${pattern}`, () => found() !== undefined)
    return found() as string
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async #result(started: number): Promise<ClientResult> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals]
    return {
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
      elapsedMs: performance.now() - started,
      outcome: this.#outcome,
    }
  }

  #endByForce(onLate: ClientOptions['onLate']): string {
    const dump = dumpProcesses([this.pid])
    this.#child.kill('SIGKILL')
    return `${this.#stderr}\n${dump}\n${onLate(this.pid)}`
  }
}

/** Throws what the client's function threw, and when the client did not get that far. */
export function outcomeOf<V>(result: ClientResult): V {
  if (result.outcome !== undefined) return unwrap<V>(result.outcome)
  throw new Error(`the client ended with ${result.signal ?? result.code}\n${result.stderr}`)
}
