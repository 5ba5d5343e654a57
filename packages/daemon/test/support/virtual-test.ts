// Protocol tests without a mount: the same body with the filesystem in memory, on one thread, and over the real
// pool, with the native reader, ring and workers. Each ends with the daemon's contract verified.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FilesystemDefinition, Notifier, RawSettings } from '@fuseloop/core'
import { type RingCounters, readRingCounters } from '@fuseloop/core/ring'
import type { RequestRules } from '@fuseloop/core/session'
import { KernelClient, serveInMemory, type VirtualKernel } from '@fuseloop/core/testing'
import type { Transport } from '@fuseloop/daemon'
import { servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'
import { waitUntil, within } from './wait-until.js'

const TEST_DEADLINE_MS = 120_000

export interface VirtualRequest extends RequestRules {
  /** A module, or the name of an example. */
  readonly filesystem: URL | string
  readonly set?: RawSettings
  readonly services?: object
}

export interface Virtual {
  readonly kernel: VirtualKernel
  /** Of uid 1000, which keeps no references. */
  readonly client: KernelClient
  /** The mounter's, not a worker's. */
  readonly notify: Notifier
  /** Seats that serve. */
  readonly workers: number
  /** A folder of the test's own; `source` is below it. */
  readonly root: string
  /** Whether handlers run on threads of their own. */
  readonly hasThreads: boolean
  /** Over the pool: what `session.status()` says of each worker. */
  readonly seats?: () => readonly { readonly alive: boolean; readonly served: number }[]
  counters(): RingCounters
  /** Lets deadlines of so many ms pass; on threads, time does. */
  elapse(milliseconds: number): Promise<void>
  /** What the filesystem recorded in the file that its option `events` names. */
  events<E>(): E[]
}

interface Carrier {
  readonly name: string
  readonly workers: number
  readonly hasThreads: boolean
  readonly serve: (request: VirtualRequest, set: RawSettings) => Promise<Served>
}

interface Served {
  readonly kernel: VirtualKernel
  readonly notify: Notifier
  readonly close: () => Promise<unknown>
  readonly counters: Virtual['counters']
  readonly elapse?: Virtual['elapse']
  readonly seats?: Virtual['seats']
}

async function inMemory(
  { filesystem, services, set: _set, ...rules }: VirtualRequest,
  set: RawSettings,
  workers: number,
): Promise<Served> {
  const specifier = filesystem instanceof URL ? filesystem.href : `@fuseloop/examples/${filesystem}`
  const { default: definition } = (await import(specifier)) as { default: FilesystemDefinition }
  const session = await serveInMemory(definition, {
    ...rules,
    set,
    services,
    workers,
    slotCount: 64,
  })
  return {
    kernel: session.kernel,
    notify: session.notify,
    close: () => session.close(),
    counters: () => readRingCounters(session.ring),
    elapse: (milliseconds) => session.advance(milliseconds),
  }
}

const pool =
  (loop: 'single' | 'multi', workers: number, transport: Transport = 'ring') =>
  async (
    { filesystem, services, set: _set, ...rules }: VirtualRequest,
    set: RawSettings,
  ): Promise<Served> => {
    const specifier = filesystem instanceof URL ? fileURLToPath(filesystem) : filesystem
    const settings = { ...rules, loop, workers, transport, set, ...(services && { services }) }
    const served = await servePool(specifier, settings)
    return {
      ...served,
      seats: () => served.status().workers,
      counters: () => served.status().counters,
    }
  }

const MULTI: readonly (readonly [Transport, number])[] = [
  ['ring', 1],
  ['ring', 4],
  ['direct', 1],
  ['direct', 4],
]

const CARRIERS: readonly Carrier[] = [
  ...[1, 3].map((workers) => ({
    name: `in memory, ${workers} worker(s)`,
    workers,
    hasThreads: false,
    serve: (request: VirtualRequest, set: RawSettings) => inMemory(request, set, workers),
  })),
  { name: 'single', workers: 1, hasThreads: false, serve: pool('single', 1) },
  ...MULTI.map(([transport, workers]) => ({
    name: `multi on ${transport}, ${workers} worker(s)`,
    workers,
    hasThreads: true,
    serve: pool('multi', workers, transport),
  })),
]

/** Set for the narrow leg (scripts/test-narrow.mjs): no session has more workers. */
const MOST_WORKERS = Number(process.env['FUSELOOP_TEST_WORKERS'] ?? Infinity)

async function run(t: Test, carrier: Carrier, request: VirtualRequest, body: VirtualTest) {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-virtual-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const events = join(root, 'events')
  const own = request.filesystem instanceof URL && { events }
  const served = await carrier.serve(request, { ...own, ...request.set })
  const { kernel, notify, close, seats, counters, elapse } = served
  const { workers, hasThreads } = carrier
  // No thread has this number: see NOBODY in message-builder.ts of the virtual kernel.
  const client = new KernelClient(kernel, { caller: { uid: 1000, gid: 1000, pid: 5_000_000 } })
  const virtual = {
    kernel,
    client,
    notify,
    workers,
    hasThreads,
    root,
    ...(seats && { seats }),
    counters,
    elapse: elapse ?? (async () => undefined),
    events: <E>() => recorded<E>(events),
  }
  try {
    await within(t.name, body(t, virtual), TEST_DEADLINE_MS, () => kernel.trace().join('\n'))
    await kernel.releaseAll()
    // FORGET has no answer: what comes behind it says that it was taken up.
    client.dropCaches()
    await waitUntil('nothing waits', () => kernel.waiting === 0)
    await kernel.send(kernel.request.statfs(1))
    kernel.verify({ released: true })
  } finally {
    await close()
  }
}

export type VirtualTest = (t: Test, virtual: Virtual) => Promise<void>

/** A tap test per way to serve. */
export function testVirtually(name: string, request: VirtualRequest, body: VirtualTest): void {
  for (const carrier of CARRIERS.filter(({ workers }) => workers <= MOST_WORKERS)) {
    void t.test(`${carrier.name}: ${name}`, { timeout: TEST_DEADLINE_MS + 15_000 }, (t) =>
      run(t, carrier, request, body),
    )
  }
}

/** The POSIX code with which `use` fails; 'ok' if it does not. */
export async function codeOf(use: () => Promise<unknown>): Promise<string> {
  try {
    await use()
    return 'ok'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function recorded<E>(file: string): E[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as E)
  } catch {
    // Nothing was recorded yet.
    return []
  }
}
