// A temporary folder in which tests run the `fuseloop` command as its users do: as a program, from a shell's view.
// The test process itself never touches what is mounted there.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import {
  abortConnection,
  connectionOf,
  detachMounts,
  isMounted,
} from '../support/mount-environment.js'
import { waitUntil, within } from '../support/wait-until.js'

export const COMMAND = fileURLToPath(new URL('../../bin/fuseloop.js', import.meta.url))
const DEADLINE_MS = 100_000

export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Started, and perhaps running for long. */
export interface Running {
  readonly child: ChildProcess
  /** Everything it has written to stderr up to now. */
  readonly log: () => string
  /** Settles when it has ended and nobody holds its output any more. @throws when that takes too long */
  readonly ended: Promise<CommandResult>
}

export class CommandPlace {
  readonly folder: string
  readonly mountpoint: string
  readonly #children: ChildProcess[] = []

  readonly #program: string

  private constructor(program: string) {
    this.#program = program
    this.folder = mkdtempSync(join(tmpdir(), 'fuseloop-cli-'))
    this.mountpoint = join(this.folder, 'mnt')
    mkdirSync(this.mountpoint)
  }

  /** Cleared up when the test ends, however it does. @param program whose background processes are its own */
  static make(t: Test, program = 'fuseloop'): CommandPlace {
    const place = new CommandPlace(program)
    LIVE.add(place)
    t.teardown(() => place.#destroy())
    return place
  }

  /** A file of the place; its path. */
  write(name: string, content: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, content)
    return path
  }

  /** Runs the command in the place's folder, to its end. */
  fuseloop(...args: string[]): Promise<CommandResult> {
    return this.start(process.execPath, [COMMAND, ...args]).ended
  }

  /** Runs a program in the place's folder, to its end. */
  run(program: string, ...args: string[]): Promise<CommandResult> {
    return this.start(program, args).ended
  }

  start(program: string, args: readonly string[], cwd: string = this.folder): Running {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      log += data
    })
    const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('close', (...how) => resolve(how))
    })
    const result = Promise.all([closed, text(child.stdout)]).then(([[code, signal], stdout]) => ({
      code,
      signal,
      stdout,
      stderr: log,
    }))
    const ended = within(`${program} ${args.join(' ')}`, result, DEADLINE_MS, () => {
      this.#destroyNow()
      return log
    })
    ended.catch(() => undefined)
    return { child, log: () => log, ended }
  }

  /** Starts the command in the foreground and waits until it says that it has mounted. */
  async foreground(...args: string[]): Promise<Running> {
    const running = this.start(process.execPath, [COMMAND, 'mount', ...args, '--foreground'])
    await waitUntil('the command says that it has mounted', () => running.log().includes('\n'))
    return running
  }

  get isMounted(): boolean {
    return isMounted(this.mountpoint)
  }

  /** Processes in the background that serve this place. */
  daemons(): number[] {
    const title = `${this.#program} ${this.mountpoint}`
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && commandLine(name).startsWith(title))
      .map(Number)
  }

  /** Waits until nothing is mounted and nobody serves. */
  async isGone(): Promise<void> {
    await waitUntil('nothing is mounted', () => !this.isMounted)
    await waitUntil('the background process ends', () => this.daemons().length === 0)
  }

  abort(): void {
    const connection = connectionOf(this.mountpoint)
    if (connection !== undefined) abortConnection(connection)
  }

  #destroy(): void {
    this.#destroyNow()
    rmSync(this.folder, { recursive: true, force: true })
    LIVE.delete(this)
  }

  #destroyNow(): void {
    this.abort()
    for (const child of this.#children) child.kill('SIGKILL')
    for (const pid of this.daemons()) process.kill(pid, 'SIGKILL')
    detachMounts(this.mountpoint)
  }

  static destroyAll(): void {
    for (const place of LIVE) place.#destroyNow()
  }
}

const LIVE = new Set<CommandPlace>()

/** tap ends a test that is late by SIGTERM. */
process.once('SIGTERM', () => CommandPlace.destroyAll())

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}
