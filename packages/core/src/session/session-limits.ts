// Sizes and numbers that INIT settles, as a definition and mount() give them: checked, and with their defaults.

import { PAGE_SIZE } from '../ring/index.js'
import { FuseError } from './fuse-error.js'

/** All optional; what mount() gives goes over the definition's, one by one. */
export interface SessionLimits {
  /** Bytes of data in one WRITE, 4096 to 1 MiB; 1 MiB if absent. Slots in shared memory are as large. */
  readonly maxWrite?: number
  /**
   * Bytes of read-ahead, 0 to 2^32-1. More than the kernel's own (128 KiB as a rule) needs root. If absent,
   * DEFAULT_READ_AHEAD where that is more and may be had.
   */
  readonly maxReadahead?: number
  /**
   * Background requests (read-ahead, write-back, RELEASE) in flight at once, 1 to 65535; if absent, 64 or, for many
   * workers, backgroundFor() them.
   */
  readonly maxBackground?: number
  /** Background requests from which on read-ahead is left out, 1 to maxBackground; three quarters if absent. */
  readonly congestionThreshold?: number
  /** Granularity of the filesystem's timestamps in ns, 1 to 10^9; 1 if absent. */
  readonly timeGranularity?: number
  /**
   * The kernel ends the connection when a request takes longer, in s to 65535; it takes no less than 15, and looks
   * every 15. 0, and absent: its own default. Every operation then has a deadline that comes before.
   */
  readonly requestTimeout?: number
  /**
   * Of passthrough (`backingFd`): 1, and if absent, for backing files on ordinary filesystems; 2 for those on overlayfs,
   * or on another mount with passthrough, too, and then overlayfs cannot lie on this one.
   */
  readonly maxStackDepth?: number
}

/** With defaults; what depends on the kernel stays absent. */
export type SettledLimits = Required<Omit<SessionLimits, 'maxReadahead'>> &
  Pick<SessionLimits, 'maxReadahead'>

const RANGES: Readonly<Record<keyof SessionLimits, readonly [least: number, most: number]>> = {
  maxWrite: [PAGE_SIZE, 1048576],
  maxReadahead: [0, 0xffffffff],
  maxBackground: [1, 0xffff],
  congestionThreshold: [1, 0xffff],
  timeGranularity: [1, 1_000_000_000],
  requestTimeout: [0, 0xffff],
  // FILESYSTEM_MAX_STACK_DEPTH of include/linux/fs.h.
  maxStackDepth: [1, 2],
}

const LEAST_BACKGROUND = 64
/** Three quarters of the slots of a session without io_uring. */
const MOST_BACKGROUND = 192

/** Bytes: as much as one READ may ask for. */
export const DEFAULT_READ_AHEAD = 1048576

/** FUSE_DEFAULT_MAX_PAGES_PER_REQ: what a request has without MAX_PAGES. */
export const DEFAULT_PAGES = 32
/** FUSE_MAX_MAX_PAGES: the limit where there is no sysctl fs.fuse.max_pages_limit, before Linux 6.13. */
export const DEFAULT_PAGES_LIMIT = 256

/** @throws FuseError ERR_FUSE_USAGE naming a limit that is unknown or out of its range */
export function resolveLimits(...choices: readonly (SessionLimits | undefined)[]): SettledLimits {
  const given: SessionLimits = Object.assign({}, ...choices.map((choice) => checkLimits(choice)))
  const { maxBackground = LEAST_BACKGROUND } = given
  const { congestionThreshold = Math.max(1, Math.floor((maxBackground * 3) / 4)) } = given
  if (congestionThreshold > maxBackground) {
    throw usage(
      `limits.congestionThreshold: ${congestionThreshold} is above maxBackground, ${maxBackground}`,
    )
  }
  return {
    maxWrite: 1048576,
    timeGranularity: 1,
    requestTimeout: 0,
    maxStackDepth: 1,
    ...given,
    maxBackground,
    congestionThreshold,
  }
}

/** Names and ranges. @throws FuseError ERR_FUSE_USAGE */
export function checkLimits(limits: SessionLimits = {}): SessionLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(RANGES, name))
      throw usage(`limits: there is no '${name}', only ${Object.keys(RANGES).join(', ')}`)
    const [least, most] = RANGES[name as keyof SessionLimits]
    if (!Number.isInteger(value) || value < least || value > most)
      throw usage(`limits.${name}: ${String(value)} is no whole number from ${least} to ${most}`)
  }
  return Object.fromEntries(given)
}

/** Background requests for so many workers: some for each, and slots are left for those that a client waits for. */
export function backgroundFor(workers: number): number {
  return Math.min(MOST_BACKGROUND, Math.max(LEAST_BACKGROUND, 8 * workers))
}

/** Pages of one request: a buffer that begins within a page reaches into one more than its bytes fill. */
export function pagesFor(maxWrite: number, pagesLimit: number = DEFAULT_PAGES_LIMIT): number {
  return Math.min(Math.ceil(maxWrite / PAGE_SIZE) + 1, pagesLimit)
}

function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}
