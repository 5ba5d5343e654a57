// A mount under test: served by a process of its own, used by client processes, never by the test itself.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MountSettings, SessionStatus } from '@fuseloop/daemon'
import {
  type ClientOptions,
  ClientProcess,
  type ClientResult,
  outcomeOf,
} from './client-process.js'
import type { DaemonTools } from './daemon-main.js'
import { CALL_DEADLINE_MS, DaemonProcess } from './daemon-process.js'
import {
  abortConnection,
  type Connection,
  connectionOf,
  detachMounts,
  detachMountsBelow,
  isMounted,
  waitingRequests,
} from './mount-environment.js'
import { makePlace } from './mount-place.js'
import { dumpProcesses } from './process-dump.js'
import { sentCall, type Tools } from './sent-function.js'

export interface MountRequest extends Omit<MountSettings, 'services'> {
  /** An example by name, or a module. */
  readonly filesystem: string | URL
  /** A module whose default export becomes mount()'s `services`. */
  readonly services?: URL
  /** The place of an earlier mount, to mount there again. */
  readonly root?: string
}

/** Set to run mount tests on another transport than the best one: those of loop `multi` that name none. */
export const TRANSPORT = process.env['FUSELOOP_TEST_TRANSPORT'] as MountSettings['transport']

type RunOptions = Omit<ClientOptions, 'onLate'>
type Sent<T, A extends readonly unknown[], V> = (tools: T, ...args: A) => V | Promise<V>

export class Mounted {
  /** Holds `mnt`, where it is mounted, `source`, and what else the test keeps. */
  readonly root: string
  readonly mountpoint: string
  readonly source: string
  readonly daemon: DaemonProcess
  readonly #clients: ClientProcess[] = []
  readonly #ownsRoot: boolean
  #connection: Connection | undefined

  private constructor(request: MountRequest) {
    this.root = request.root ?? makePlace()
    this.#ownsRoot = request.root === undefined
    this.mountpoint = join(this.root, 'mnt')
    this.source = join(this.root, 'source')
    const { filesystem, services, root: _root, set, ...settings } = request
    const own =
      filesystem instanceof URL
        ? { events: join(this.root, 'events') }
        : filesystem === 'loopback' && { source: this.source }
    this.daemon = new DaemonProcess({
      filesystem: filesystem instanceof URL ? fileURLToPath(filesystem) : filesystem,
      mountpoint: this.mountpoint,
      settings: { ...transportOf(request), ...settings, set: { ...own, ...set } },
      services: services?.href,
    })
  }

  /** Settles when it answers. @throws what mount() threw, after clearing up */
  static async start(request: MountRequest): Promise<Mounted> {
    const mounted = new Mounted(request)
    LIVE.add(mounted)
    try {
      await mounted.daemon.ready()
      mounted.#connection = connectionOf(mounted.mountpoint)
      return mounted
    } catch (error) {
      await mounted.destroy()
      throw error
    }
  }

  path(...names: string[]): string {
    return join(this.mountpoint, ...names)
  }

  /** Runs a command to its end; its stdout. @throws when it fails */
  async run(
    command: string,
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<string> {
    const result = await this.attempt(command, args, options)
    if (result.code === 0) return result.stdout
    const line = `${command} ${args.join(' ')}`
    throw new Error(`${line}: ended with ${result.signal ?? result.code}\n${result.stderr}`)
  }

  /** Runs a command to its end, however it ends. */
  attempt(command: string, args: readonly string[], options?: RunOptions): Promise<ClientResult> {
    return this.start(command, args, options).ended
  }

  start(command: string, args: readonly string[], options: RunOptions = {}): ClientProcess {
    return this.#keep(new ClientProcess(command, args, this.#clientOptions(options)))
  }

  /** Runs `sent` in a client process. @throws what it throws, with its code */
  async call<A extends readonly unknown[], V>(sent: Sent<Tools, A, V>, ...args: A): Promise<V> {
    return outcomeOf(await this.startCall(sent, ...args).ended)
  }

  startCall<A extends readonly unknown[], V>(sent: Sent<Tools, A, V>, ...args: A): ClientProcess {
    return this.#keep(ClientProcess.calling(sentCall(sent, args), this.#clientOptions({})))
  }

  /** Runs `sent` on the main thread of the mounting process. */
  inDaemon<A extends readonly unknown[], V>(sent: Sent<DaemonTools, A, V>, ...args: A): Promise<V> {
    return this.daemon.call<V>(sentCall(sent, args), CALL_DEADLINE_MS)
  }

  status(): Promise<SessionStatus> {
    return this.inDaemon(({ session }) => session.status())
  }

  /** What the filesystem recorded in the file that its option `events` names. */
  events<E>(): E[] {
    try {
      const text = readFileSync(join(this.root, 'events'), 'utf8')
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as E)
    } catch {
      return []
    }
  }

  /** Requests without an answer; undefined once the connection is gone. */
  get waiting(): number | undefined {
    return this.#connection === undefined ? undefined : waitingRequests(this.#connection)
  }

  get isMounted(): boolean {
    return isMounted(this.mountpoint)
  }

  abortByKernel(): void {
    const connection = this.#connection
    if (connection !== undefined) abortConnection(connection)
  }

  detach(): void {
    detachMounts(this.mountpoint)
  }

  /** What the daemon and all clients are doing, and what the daemon has said. */
  dump(): string {
    const running = this.#clients.filter((client) => client.isRunning)
    return `${dumpProcesses(running.map(({ pid }) => pid))}\n${this.daemon.dump()}`
  }

  /** Leaves nothing behind: no process, no mount, no file. */
  async destroy(): Promise<void> {
    this.#release()
    for (const client of this.#clients) client.kill('SIGKILL')
    await this.daemon.destroy()
    this.detach()
    if (this.#ownsRoot) {
      // A test may have had the daemon mount more there.
      detachMountsBelow(this.root)
      rmSync(this.root, { recursive: true, force: true })
    }
    LIVE.delete(this)
  }

  /** The same, as far as it goes without waiting. */
  destroyNow(): void {
    this.#release()
    this.daemon.destroyNow()
    this.detach()
  }

  #release(): void {
    this.#connection ??= connectionOf(this.mountpoint)
    this.abortByKernel()
  }

  #keep(client: ClientProcess): ClientProcess {
    this.#clients.push(client)
    return client
  }

  #clientOptions(options: RunOptions): ClientOptions {
    const onLate = (): string => {
      const dump = this.dump()
      this.abortByKernel()
      return dump
    }
    return { ...options, onLate }
  }
}

function transportOf({ loop }: MountRequest): Pick<MountSettings, 'transport'> {
  return loop === 'single' || TRANSPORT === undefined ? {} : { transport: TRANSPORT }
}

/** Mounts of this test process. */
const LIVE = new Set<Mounted>()

/** For the sudden end of the test process: tap ends one that is late by SIGALRM or SIGTERM. */
for (const signal of ['SIGTERM', 'SIGALRM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const mounted of LIVE) mounted.destroyNow()
    process.kill(process.pid, signal)
  })
}
