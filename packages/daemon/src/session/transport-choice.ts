// How requests reach the workers of a mount: the best way there is, or the one that was asked for.

import { readFileSync } from 'node:fs'
import { FuseError } from '@fuseloop/core/session'
import type { NativeSession } from '@fuseloop/native'

/** From the best to the one that is always there. */
const TRANSPORTS = ['uring', 'direct', 'ring'] as const

/**
 * `ring`: one thread reads for all workers; `direct`: idle workers read for themselves; `uring`: the kernel brings
 * requests by io_uring.
 */
export type Transport = (typeof TRANSPORTS)[number]

/** What mount() takes; `auto`: the best there is. */
export type TransportSetting = 'auto' | Transport

export const TRANSPORT_SETTINGS: readonly TransportSetting[] = ['auto', ...TRANSPORTS]

export interface TransportChoice {
  readonly transport: Transport
  /** Why each better one does not run, a sentence each. */
  readonly whyNot: Readonly<Partial<Record<Transport, string>>>
  /** Whether a handler that is stuck may hold up requests that nobody has begun. */
  readonly headOfLineBlocking: boolean
}

interface Wish {
  readonly transport: TransportSetting
  readonly loop: 'single' | 'multi'
  readonly workers: number
}

/** What the kernel and the filesystem say. */
interface Circumstances {
  /** INIT has the flag OVER_IO_URING. */
  readonly offersUring: boolean
  /** Handlers block their thread. */
  readonly isBlocking: boolean
}

/**
 * Requests that the kernel may bring one worker at once of a CPU. The kernel takes the entry that came back last, so the
 * others are for bursts: with too few of them the CPU's second worker is woken where one could do it all.
 */
const ENTRIES = 16

const CPUS = '/sys/devices/system/cpu/possible'
const SWITCH = '/sys/module/fuse/parameters/enable_uring'

/** @throws FuseError ERR_FUSE_USAGE for what is no transport, or none of the loop's */
export function checkTransport(
  given: TransportSetting | undefined,
  loop: 'single' | 'multi',
): TransportSetting {
  const wanted = given ?? 'auto'
  if (!TRANSPORT_SETTINGS.includes(wanted))
    throw usage(`'${String(wanted)}' is none of ${TRANSPORT_SETTINGS.join(', ')}`)
  if (loop === 'single' && wanted !== 'auto' && wanted !== 'ring')
    throw usage(`loop single runs on ring, not on ${wanted}: ${WHY_SINGLE}`)
  return wanted
}

const NOT_OFFERED = `the kernel does not offer it (Linux 6.14 and echo Y > ${SWITCH})`

/** A blocked main thread could not refuse its own requests. */
const WHY_SINGLE = 'its reader refuses what the thread that serves asks of its own mount'

/**
 * When the device is there, and before INIT is answered.
 * @throws FuseError ERR_FUSE_MOUNT when the one that was asked for cannot be had
 */
export function chooseTransport(
  native: NativeSession,
  wish: Wish & { readonly workerNice: number },
  { offersUring, isBlocking }: Circumstances,
): TransportChoice {
  const whyNot: Partial<Record<Transport, string>> = {}
  const options = { entries: isBlocking ? 1 : ENTRIES, priority: -wish.workerNice }
  for (const transport of TRANSPORTS) {
    const reason =
      whyUnwanted(transport, wish) ??
      (transport === 'uring' && !offersUring ? NOT_OFFERED : undefined) ??
      native.useTransport(transport, options)
    if (reason === undefined) return { transport, whyNot, headOfLineBlocking: wish.workers === 1 }
    if (transport === wish.transport)
      throw new FuseError('ERR_FUSE_MOUNT', `transport ${transport} cannot be had: ${reason}`)
    whyNot[transport] = reason
  }
  throw new FuseError('ERR_FUSE_MOUNT', `no transport can be had: ${whyNot.ring}`)
}

/** What runs at this moment: the kernel may still refuse what it has offered, and then requests come by the device. */
export function currentTransport(choice: TransportChoice, native: NativeSession): TransportChoice {
  const failure = native.transportFailure()
  if (failure === undefined) return choice
  const { transport, headOfLineBlocking } = choice
  const whyNot = { direct: `${transport} was begun with`, ...choice.whyNot, [transport]: failure }
  return { transport: 'ring', whyNot, headOfLineBlocking }
}

/** What can be known of it before the kernel is asked. */
export function mayBeUring(wish: Wish): boolean {
  return wish.transport === 'uring' || (whyUnwanted('uring', wish) === undefined && isSwitchedOn())
}

function isSwitchedOn(): boolean {
  try {
    return readFileSync(SWITCH, 'utf8').trim() === 'Y'
  } catch {
    // Before Linux 6.14.
    return false
  }
}

function whyUnwanted(transport: Transport, wish: Wish): string | undefined {
  if (transport === wish.transport) return undefined
  if (wish.transport !== 'auto') return `${wish.transport} was asked for`
  if (wish.loop === 'single') return transport === 'ring' ? undefined : `loop single: ${WHY_SINGLE}`
  if (transport !== 'uring') return undefined
  const cpus = possibleCpus()
  if (wish.workers >= cpus) return undefined
  return `each of ${cpus} CPUs is to have a worker of its own, and there are ${wish.workers}`
}

/** Of CPUs that may ever be there; each has a queue of the kernel's. */
function possibleCpus(): number {
  // Ranges, such as 0-3,8-11 (Documentation/admin-guide/cputopology.rst).
  return readFileSync(CPUS, 'utf8')
    .trim()
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((count, [first = 0, last = first]) => count + last - first + 1, 0)
}

function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', `transport: ${message}`)
}
