// The process that serves a mount under measurement: started, watched until it answers, and ended whatever happens.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { abortConnection, connectionOf, detachMounts, isMounted } from '../machine/mounts.js'
import type { Command } from './contestant.js'
import type { DaemonReport } from './daemon-report.js'
import { NotAvailable } from './not-available.js'

const READY_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 20_000
const POLL_MS = 2

export interface Placement {
  /** The only CPU it may use; undefined for those of this process. */
  readonly cpu: number | undefined
  readonly ownSession: boolean
  readonly nice: number
}

export class DaemonProcess {
  readonly mountpoint: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #reports: boolean
  #hasEnded = false
  #said = ''
  #report: DaemonReport | undefined
  #connection: number | undefined

  constructor(command: Command, mountpoint: string, placement: Placement) {
    this.mountpoint = mountpoint
    this.#reports = command.reports
    const [program, ...args] = commandLine(command, placement)
    this.#child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // setsid(2)
      detached: placement.ownSession,
    })
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#hasEnded = true
        resolve()
      }
      this.#child.once('exit', end).once('error', end)
    })
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#said = `${this.#said}${data}`.slice(-4000)
    })
    this.#readReport()
  }

  /**
   * Settles when it is mounted and, where it reports, has said so.
   * @throws NotAvailable when it refuses to serve
   */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_DEADLINE_MS
    while (!isMounted(this.mountpoint) || (this.#reports && this.#report === undefined)) {
      if (this.#report?.refused !== undefined) throw new NotAvailable(this.#report.refused)
      if (this.#hasEnded) throw new NotAvailable(`it ended at once: ${this.lastWords}`)
      if (performance.now() > deadline) throw new Error(`it is not mounted: ${this.lastWords}`)
      await delay(POLL_MS)
    }
    this.#connection = connectionOf(this.mountpoint)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get connection(): number | undefined {
    return this.#connection
  }

  get report(): DaemonReport | undefined {
    return this.#report
  }

  get lastWords(): string {
    return this.#said.trim()
  }

  /** Memory that it has in use, shared pages included. */
  rssMiB(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) / 1024
  }

  /** Unmounts, as a user would, and by force what does not end then. */
  async stop(): Promise<void> {
    await promisify(execFile)('umount', [this.mountpoint], { timeout: STOP_DEADLINE_MS }).catch(
      () => undefined,
    )
    await Promise.race([this.#ended, delay(STOP_DEADLINE_MS, undefined, { ref: false })])
    this.destroyNow()
    await this.#ended
  }

  /** The connection first: as long as it lives, a client that waits for an answer cannot be killed. */
  destroyNow(): void {
    this.#connection ??= connectionOf(this.mountpoint)
    if (isMounted(this.mountpoint) && this.#connection !== undefined)
      abortConnection(this.#connection)
    if (!this.#hasEnded) this.#child.kill('SIGKILL')
    detachMounts(this.mountpoint)
  }

  #readReport(): void {
    let text = ''
    this.#child.stdout?.setEncoding('utf8').on('data', (data: string) => {
      text += data
      const end = text.indexOf('\n')
      if (end >= 0 && text.startsWith('{'))
        this.#report ??= JSON.parse(text.slice(0, end)) as DaemonReport
    })
  }
}

function commandLine({ program, args, setsNice }: Command, placement: Placement): string[] {
  const { cpu, nice } = placement
  return [
    ...(nice !== 0 && !setsNice ? ['nice', '-n', String(nice)] : []),
    ...(cpu === undefined ? [] : ['taskset', '-c', String(cpu)]),
    program,
    ...args,
  ]
}
