// Checks what mount() was given, before anything is started.

import { availableParallelism } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import type { ResourceLimits } from 'node:worker_threads'
import type {
  CacheChoice,
  DefinitionRules,
  FilesystemDefinition,
  LockChoice,
  Ownership,
  RawSettings,
  SessionLimits,
} from '@fuseloop/core'
import { isFilesystemDefinition } from '@fuseloop/core'
import { MAX_WORKERS } from '@fuseloop/core/ring'
import {
  checkCacheChoice,
  checkLimits,
  checkOwnership,
  FuseError,
  type RequestRules,
} from '@fuseloop/core/session'
import {
  type MountOptions,
  type SplitMountOptions,
  splitMountOptions,
} from '../mount/mount-options.js'
import { passedDevice } from '../mount/passed-device.js'
import { DEFAULT_MAX_RESTARTS } from '../pool/restart-budget.js'
import type { Loop } from './session-status.js'
import { checkTransport, type TransportSetting } from './transport-choice.js'

/** How long a mount may take to answer where nothing else is said. */
export const DEFAULT_READY_TIMEOUT_MS = 10_000

/** `timeouts`, `timeoutCode` and `interrupts` override the definition's, name by name. */
export interface MountSettings extends DefinitionRules {
  /** `multi` runs handlers in worker threads, `single` on the thread that calls mount(); by the kind of filesystem if absent. */
  readonly loop?: 'single' | 'multi'
  /** 1 to 64; min(16, max(4, 2 x CPUs)) if absent. */
  readonly workers?: number
  /** Heap and stack of each worker, as of node's Worker; what exceeds them ends the worker, which is replaced. */
  readonly resourceLimits?: ResourceLimits
  /**
   * Workers that may be replaced within any 60 s, all together; one more ends the mount. 60 if absent, 0 for none.
   * Starts that fail do not count: while no worker serves, the tenth in a row ends the mount.
   */
  readonly maxRestarts?: number
  /**
   * How requests reach the workers (docs/workers.md); `auto`, the default, takes the best there is, and
   * `session.status()` says which. Loop `single` runs on `ring`.
   */
  readonly transport?: TransportSetting
  /** Handlers block their thread: see the definition's, over which it goes. */
  readonly blocking?: boolean
  /**
   * Niceness that workers of the transport `uring` add to their own, -20 to 19; -1 if absent. A little less lets the
   * kernel keep a client on the CPU on which it is answered. Below 0 it needs CAP_SYS_NICE or RLIMIT_NICE; without, the
   * scheduler is asked for SCHED_BATCH. What handlers start inherits it.
   */
  readonly workerNice?: number
  /** The filesystem's own options. */
  readonly set?: RawSettings
  /** What mount(8) takes after -o, by name. */
  readonly mountOptions?: MountOptions
  /** Goes over the definition's, knob by knob; a profile takes the place of all of it. */
  readonly cache?: CacheChoice
  /** Go over the definition's, one by one. */
  readonly limits?: SessionLimits
  /** Goes over the definition's. */
  readonly locks?: LockChoice
  /**
   * Absolute path of the program, of fusermount3's protocol, that mounts where this process may not; if absent the one
   * that the environment variable FUSELOOP_MOUNT_HELPER names, fusermount3 or fuseloop-fusermount (docs/mounting.md).
   */
  readonly mountHelper?: string
  /**
   * Soft limit of nodes in memory, from 1: while the kernel knows more, it is asked to forget those that nobody uses, by
   * PRUNE, or before protocol 7.45 by INVAL_ENTRY (not of directories). No limit if absent.
   */
  readonly maxNodes?: number
  /**
   * Nodes to keep after the kernel has forgotten them, those that it forgot last, with the directories on their paths:
   * who has a file handle (open_by_handle_at(2), NFS) finds them again while EXPORT_SUPPORT is granted. 0 if absent:
   * such handles are then good for what the kernel knows. libfuse's `noforget`, with a bound.
   */
  readonly rememberNodes?: number
  /** Owner and permissions shown in place of the filesystem's. */
  readonly ownership?: Ownership
  /** A line on stderr for each request that is answered; false if absent. */
  readonly trace?: boolean
  /** An object on this thread that `create` reaches through comlink. */
  readonly services?: object
  /** What relative paths are resolved against; the working directory if absent. */
  readonly directory?: string
  /** Unmount on SIGINT and SIGTERM, and abort on a second one; true if absent. */
  readonly handleSignals?: boolean
  /** How long the mount may take to answer, in ms; 10000 if absent. */
  readonly readyTimeoutMs?: number
}

export interface SessionPlan {
  readonly filesystem: string | FilesystemDefinition
  readonly filesystemName: string
  readonly mountpoint: string
  /** An open, mounted /dev/fuse that the mountpoint names. */
  readonly device: number | undefined
  /** False: a connection of this process is served, by nothing that only a kernel has. */
  readonly hasKernel: boolean
  readonly loop: Loop
  readonly workers: number
  readonly resourceLimits: ResourceLimits
  readonly maxRestarts: number
  readonly transport: TransportSetting
  readonly blocking: boolean | undefined
  readonly workerNice: number
  readonly set: RawSettings
  readonly mountOptions: SplitMountOptions
  /** Empty: one is looked for. */
  readonly mountHelper: string
  readonly cache: CacheChoice
  readonly rules: RequestRules
  readonly limits: SessionLimits
  readonly locks: LockChoice | undefined
  readonly maxNodes: number | undefined
  readonly rememberNodes: number
  readonly ownership: Ownership | undefined
  readonly trace: boolean
  readonly services: object | undefined
  readonly directory: string
  readonly handleSignals: boolean
  readonly readyTimeoutMs: number
}

/** @throws FuseError ERR_FUSE_USAGE */
export function planSession(
  filesystem: string | URL | FilesystemDefinition,
  mountpoint: string,
  given: MountSettings,
): SessionPlan {
  const isLive = isFilesystemDefinition(filesystem)
  if (!isLive && typeof filesystem !== 'string' && !(filesystem instanceof URL)) {
    throw usage('expected a module, package or example by name, or what defineFilesystem() returns')
  }
  const directory = resolve(given.directory ?? '.')
  const loop = given.loop ?? (isLive ? 'single' : 'multi')
  if (loop !== 'single' && loop !== 'multi')
    throw usage(`loop: '${String(loop)}' is neither single nor multi`)
  if (isLive && loop === 'multi') {
    throw usage(
      'loop multi needs a module that each worker imports; a live filesystem runs with loop single',
    )
  }
  const workers = checkWorkers(given.workers)
  if (typeof mountpoint !== 'string' || mountpoint === '') throw usage('the mountpoint is missing')
  const device = passedDevice(mountpoint)
  return {
    filesystem: isLive ? filesystem : String(filesystem),
    filesystemName: isLive ? 'live' : String(filesystem),
    mountpoint: resolve(directory, mountpoint),
    loop,
    workers: loop === 'single' ? 1 : workers,
    resourceLimits: checkResourceLimits(given.resourceLimits),
    maxRestarts: checkMaxRestarts(given.maxRestarts),
    transport: checkTransport(given.transport, loop),
    blocking: given.blocking,
    workerNice: checkNice(given.workerNice),
    set: given.set ?? {},
    device,
    hasKernel: true,
    mountOptions: planMountOptions(given.mountOptions, device),
    mountHelper: checkMountHelper(given.mountHelper),
    cache: checkCacheChoice(given.cache ?? {}),
    rules: rulesOf(given),
    limits: checkLimits(given.limits),
    locks: checkLocks(given.locks),
    maxNodes: checkNodes('maxNodes', given.maxNodes, 1),
    rememberNodes: checkNodes('rememberNodes', given.rememberNodes, 0) ?? 0,
    ownership: checkOwnership(given.ownership),
    trace: given.trace ?? false,
    services: given.services,
    directory,
    handleSignals: given.handleSignals ?? true,
    readyTimeoutMs: given.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS,
  }
}

/** Who has mounted a device that is handed over has chosen its options. */
function planMountOptions(given: MountOptions = {}, device: number | undefined): SplitMountOptions {
  const options = splitMountOptions(given)
  if (device === undefined) return options
  if (options.autoUnmount)
    throw usage(`auto_unmount: /dev/fd/${device} is unmounted by who mounted it`)
  return { ...options, kernelOptions: [], flagOptions: [] }
}

/** Relative ones would depend on the working directory, possibly one of our own mounts. */
function checkMountHelper(program = ''): string {
  if (program === '' || (isAbsolute(program) && !program.includes('\0'))) return program
  throw usage(`mountHelper: '${program}' is no absolute path`)
}

function rulesOf({ timeouts = {}, timeoutCode, interrupts = {} }: MountSettings): RequestRules {
  return { timeouts, interrupts, ...(timeoutCode !== undefined && { timeoutCode }) }
}

function checkWorkers(workers = Math.min(16, Math.max(4, 2 * availableParallelism()))): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS) return workers
  throw usage(`workers: ${workers} is not between 1 and ${MAX_WORKERS}`)
}

const RESOURCE_LIMITS = [
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
]

function checkResourceLimits(given: unknown = {}): ResourceLimits {
  if (typeof given !== 'object' || given === null) throw usage('resourceLimits: not an object')
  for (const [name, value] of Object.entries(given)) {
    if (!RESOURCE_LIMITS.includes(name))
      throw usage(`resourceLimits: '${name}' is none of ${RESOURCE_LIMITS.join(', ')}`)
    if (typeof value !== 'number' || !(value > 0))
      throw usage(`resourceLimits.${name}: ${String(value)} is no number of MiB above 0`)
  }
  return { ...given }
}

function checkNice(nice = -1): number {
  if (Number.isInteger(nice) && nice >= -20 && nice <= 19) return nice
  throw usage(`workerNice: ${nice} is no whole number from -20 to 19`)
}

function checkMaxRestarts(most = DEFAULT_MAX_RESTARTS): number {
  if (Number.isInteger(most) && most >= 0) return most
  throw usage(`maxRestarts: ${most} is no whole number from 0`)
}

function checkNodes(name: string, count: number | undefined, least: number): number | undefined {
  if (count === undefined || (Number.isInteger(count) && count >= least && count <= 0xffff_ffff))
    return count
  throw usage(`${name}: ${count} is not between ${least} and 2^32-1`)
}

function checkLocks(locks: unknown): LockChoice | undefined {
  if (locks === undefined || locks === 'kernel' || locks === 'session') return locks
  throw usage(`locks: '${String(locks)}' is neither kernel nor session`)
}

function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}
