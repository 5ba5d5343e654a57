// Contestants on fuseloop: the trivial filesystem on each transport, by each API, with sync and async handlers.

import { fileURLToPath } from 'node:url'
import type { MountSettings } from '@fuseloop/daemon'
import type { Contestant } from './contestant.js'
import type { DaemonOrder } from './daemon-order.js'

const MAIN = fileURLToPath(new URL('./fuseloop-main.js', import.meta.url))
/** As the C reference is mounted: permissions are the filesystem's, and no request asks for them. */
const MOUNT_OPTIONS = { no_default_permissions: true }

interface Variant {
  readonly name: string
  readonly module: 'trivial-sync' | 'trivial-async' | 'trivial-path'
  readonly settings: MountSettings
  readonly onlyScaling?: boolean
}

const TRANSPORTS = ['uring', 'direct', 'ring'] as const
/** Of those with a fixed number of workers. */
const QUICK = /(uring|direct)-(async|sync)-w2$|-blocking-w16$|direct-sync-w16$/
const SCALING_WORKERS = [1, 2, 4, 16] as const

/** All contestants that serve the trivial filesystem by fuseloop. */
export function fuseloopContestants(): Contestant[] {
  return [
    ...TRANSPORTS.flatMap((transport) => transportVariants(transport)),
    { name: 'fuseloop-single', module: 'trivial-sync', settings: { loop: 'single' } } as const,
    { name: 'fuseloop-path', module: 'trivial-path', settings: {} } as const,
  ].map(fuseloop)
}

/** With the default number of workers, which all workloads measure, and with fixed ones, for how it scales. */
function transportVariants(transport: (typeof TRANSPORTS)[number]): Variant[] {
  const name = `fuseloop-${transport}`
  const settings = { transport } as MountSettings
  const scaled = SCALING_WORKERS.flatMap((workers): Variant[] => [
    variant(`${name}-sync-w${workers}`, 'trivial-sync', { ...settings, workers }),
    variant(`${name}-async-w${workers}`, 'trivial-async', { ...settings, workers }),
  ])
  const blocking = { ...settings, workers: 16, blocking: true } as MountSettings
  return [
    { name: `${name}-sync`, module: 'trivial-sync', settings },
    { name: `${name}-async`, module: 'trivial-async', settings },
    ...scaled,
    ...(transport === 'uring' ? [variant(`${name}-blocking-w16`, 'trivial-sync', blocking)] : []),
  ]
}

function variant(name: string, module: Variant['module'], settings: MountSettings): Variant {
  return { name, module, settings, onlyScaling: true }
}

function fuseloop({ name, module, settings, onlyScaling = false }: Variant): Contestant {
  const filesystem = new URL(`../filesystems/${module}.js`, import.meta.url).href
  const handlers = module === 'trivial-async' ? 'async' : 'sync'
  return {
    name,
    role: 'contestant',
    serves: 'trivial',
    handlers,
    onlyScaling,
    isQuick: onlyScaling ? QUICK.test(name) : name !== 'fuseloop-ring-async',
    workers: settings.workers ?? null,
    entries: settings.transport === 'uring' ? entriesOf(settings) : null,
    flags: [
      `api=${module === 'trivial-path' ? 'path' : 'inode'}`,
      `handlers=${handlers}`,
      `loop=${settings.loop ?? 'multi'}`,
      ...('blocking' in settings ? ['blocking=true'] : []),
    ],
    command: ({ mountpoint }, { nice, burnRounds }) =>
      orderCommand({
        filesystem,
        isModule: true,
        mountpoint,
        settings: {
          ...settings,
          workerNice: nice,
          mountOptions: MOUNT_OPTIONS,
          set: { burnRounds },
        } as MountSettings,
      }),
  }
}

/** As daemon/src/session/transport-choice.ts chooses them; `status` does not tell. */
function entriesOf({ blocking = false }: MountSettings): number {
  return blocking ? 1 : 4
}

export function orderCommand(order: DaemonOrder) {
  const { transport = 'auto', loop } = order.settings
  return {
    program: process.execPath,
    args: [MAIN, JSON.stringify(order)],
    // workerNice is of uring; where that does not run, the process has its niceness from its start, as C has.
    setsNice: loop !== 'single' && (transport === 'auto' || transport === 'uring'),
    reports: true,
  }
}
