// One measurement: a daemon is started, clients use what it serves, and it is ended, whatever happens.

import { setTimeout as delay } from 'node:timers/promises'
import { type ClientOrder, type ClientResult, runClient } from '../clients/client-process.js'
import type { Contestant } from '../contestants/contestant.js'
import { DaemonProcess, type Placement } from '../contestants/daemon-process.js'
import { makePlace } from '../contestants/place.js'
import { FILE_SIZE } from '../filesystems/tree.js'
import { waitingRequests } from '../machine/mounts.js'
import type { Workload } from '../workloads/workload.js'
import type { BenchContext } from './bench-context.js'
import { measureEndpoint } from './measure-endpoint.js'
import { readCpuUs } from './process-cpu.js'
import type { Sample } from './sample.js'

/** An answer within this time was not held up by a handler that is stuck for 2 s. */
const IN_TIME_US = 100_000
const STUCK_DEADLINE_MS = 5000

interface Cell {
  readonly context: BenchContext
  readonly workload: Workload
  readonly contestant: Contestant
  readonly daemon: DaemonProcess | undefined
  /** Where clients find the filesystem. */
  readonly directory: string
  /** From the start of the daemon until it is mounted. */
  readonly startedAt: number
}

/** @throws NotAvailable where the contestant cannot run here; other errors where the measurement fails */
export async function measureCell(
  context: BenchContext,
  workload: Workload,
  contestant: Contestant,
  onReport: (daemon: DaemonProcess) => void,
): Promise<Sample> {
  const place = makePlace(context.source)
  const placement = placementOf(context, workload)
  const { nice } = placement
  const startedAt = performance.now()
  let daemon: DaemonProcess | undefined
  const running = {
    destroyNow: () => {
      daemon?.destroyNow()
      place.remove()
    },
  }
  context.running.add(running)
  try {
    const command = contestant.command(place, { nice, burnRounds: context.burnRounds })
    if (command !== undefined) {
      daemon = new DaemonProcess(command, place.mountpoint, placement)
      await daemon.ready()
      onReport(daemon)
    }
    const directory = daemon === undefined ? place.source : place.mountpoint
    return await measureKind({ context, workload, contestant, daemon, directory, startedAt })
  } finally {
    await daemon?.stop()
    place.remove()
    context.running.delete(running)
  }
}

function placementOf(context: BenchContext, { placement }: Workload): Placement {
  return {
    cpu: placement === 'samecpu' ? context.cpus[0] : undefined,
    ownSession: placement === 'ownsession',
    nice: placement === 'nice' ? -1 : 0,
  }
}

function measureKind(cell: Cell): Promise<Sample> {
  switch (cell.workload.kind) {
    case 'clients':
    case 'idle':
      return measureClients(cell)
    case 'stuck':
      return measureStuck(cell)
    case 'start':
      return measureStart(cell)
    case 'endpoint':
      return measureEndpoint(cell.context, cell.workload, cell.contestant)
  }
}

async function measureClients(cell: Cell): Promise<Sample> {
  const { warmupSeconds, seconds, settleSeconds, idleSeconds } = cell.context.durations
  const times =
    cell.workload.kind === 'idle'
      ? { warmupSeconds: settleSeconds, seconds: idleSeconds }
      : { warmupSeconds: warmupSeconds * cell.workload.warmups, seconds }
  const cpu = cell.workload.placement === 'samecpu' ? cell.context.cpus[0] : undefined
  return sampleOf(cell, await client(cell, { ...times, cpu }))
}

/** All on one CPU: on io_uring it is the queue of that CPU which stands behind the stuck handler. */
async function measureStuck(cell: Cell): Promise<Sample> {
  const cpu = cell.context.cpus[0]
  const once = { warmupSeconds: 0, seconds: 3, once: true, cpu } as const
  const { work } = cell.workload
  const stuckWork = { ...work, action: 'read-random', file: 'stuck', threads: 1 } as const
  let stuck: Promise<ClientResult> | undefined
  const prepared = new Promise<void>((resolve) => {
    stuck = client(cell, { ...once, work: stuckWork }, resolve)
  })
  // Its outcome is awaited below; until then a failure must not end the process.
  stuck?.catch(() => undefined)
  await Promise.race([prepared, stuck])
  await untilWaiting(cell.daemon)
  const others = await client(cell, once)
  await stuck
  const inTime = others.longestUs.filter((us) => us <= IN_TIME_US)
  return { ...sampleOf(cell, others), answeredInTime: inTime.length }
}

async function untilWaiting(daemon: DaemonProcess | undefined): Promise<void> {
  const deadline = performance.now() + STUCK_DEADLINE_MS
  while (!waitingRequests(daemon?.connection ?? -1) && performance.now() < deadline) await delay(10)
}

async function measureStart(cell: Cell): Promise<Sample> {
  const result = await client(cell, { warmupSeconds: 0, seconds: 0, once: true })
  const tookMs = performance.now() - cell.startedAt
  return {
    ...sampleOf(cell, result),
    opsPerSecond: 1000 / tookMs,
    p50Us: tookMs * 1000,
    p99Us: tookMs * 1000,
    cpuUsPerOp: cell.daemon === undefined ? 0 : readCpuUs(cell.daemon.pid),
    foreignLoad: 0,
  }
}

function client(
  { context, workload, contestant, daemon, directory }: Cell,
  order: Partial<ClientOrder> & Pick<ClientOrder, 'seconds' | 'warmupSeconds'>,
  onPrepared?: () => void,
): Promise<ClientResult> {
  const whole: ClientOrder = {
    work: workload.work,
    directory,
    fileSize: FILE_SIZE,
    // A file of the source would be opened with it too, and its page cache passed by.
    direct: contestant.serves === 'trivial' && workload.work.action !== 'list',
    daemon: daemon?.pid,
    ...order,
  }
  return runClient(context.client, whole, () => daemon?.destroyNow(), onPrepared)
}

function sampleOf({ context, daemon }: Cell, result: ClientResult): Sample {
  const opsPerSecond = result.operations / Math.max(result.seconds, 1e-6)
  const wallUs = Math.max(result.wallUs, 1)
  const foreignUs = result.machineCpuUs - result.daemonCpuUs - result.clientCpuUs
  return {
    opsPerSecond,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    // Both are rates: operations may go on when the time is over, and that of the CPU is not counted then.
    cpuUsPerOp: (result.daemonCpuUs / wallUs) * (1e6 / opsPerSecond),
    rssMiB: daemon?.rssMiB() ?? 0,
    foreignLoad: Math.min(1, Math.max(0, foreignUs / wallUs / context.cpus.length)),
  }
}
