// INIT: what the kernel offers, what we take. Pure; main calls it once per mount.
// Facts: fs/fuse/inode.c process_init_reply() and fuse_send_init().

import {
  InitFlag,
  type InitFlagName,
  type InitIn,
  KERNEL_MAJOR,
  KERNEL_MINOR_MAX,
  KERNEL_MINOR_MIN,
} from '../protocol/index.js'
import { PAGE_SIZE } from '../ring/index.js'
import { ALL_FLAGS, settleFlags } from './flag-settlement.js'
import { FuseError } from './fuse-error.js'
import { DEFAULT_PAGES, pagesFor } from './session-limits.js'
import type { SessionParameters, SessionWishes } from './session-parameters.js'

/** What INIT settled, and the words of granted flags. */
export interface InitAnswer {
  readonly parameters: SessionParameters
  /** Granted flags: bits 0 to 31. */
  readonly flagsLow: number
  /** Granted flags: bits 32 to 63, as flags2. */
  readonly flagsHigh: number
}

/**
 * Settles a session's parameters.
 * @throws FuseError ERR_FUSE_UNSUPPORTED_KERNEL for a protocol other than 7.31 and up, or a missing required flag
 * @throws FuseError ERR_FUSE_BAD_FLAG for a flag that is asked for and refused, or that cannot be honoured
 */
export function negotiateInit(offer: InitIn, wishes: SessionWishes): InitAnswer {
  if (offer.major !== KERNEL_MAJOR || offer.minor < KERNEL_MINOR_MIN) {
    throw new FuseError(
      'ERR_FUSE_UNSUPPORTED_KERNEL',
      `the kernel speaks FUSE ${offer.major}.${offer.minor}; ${KERNEL_MAJOR}.${KERNEL_MINOR_MIN} or newer is needed (Linux 5.4)`,
    )
  }
  const flags = settleFlags(offeredFlags(offer), offer.minor, wishes)
  const { granted } = flags
  const maxPages = granted.includes('MAX_PAGES')
    ? pagesFor(wishes.maxWrite, wishes.maxPagesLimit)
    : DEFAULT_PAGES
  const words = flagWords(granted)
  return {
    ...words,
    parameters: {
      minor: Math.min(offer.minor, KERNEL_MINOR_MAX),
      kernelMinor: offer.minor,
      maxWrite: Math.min(wishes.maxWrite, maxPages * PAGE_SIZE),
      maxPages,
      maxReadahead: Math.min(offer.maxReadahead, wishes.maxReadahead ?? offer.maxReadahead),
      maxBackground: wishes.maxBackground,
      congestionThreshold: wishes.congestionThreshold,
      timeGranularity: wishes.timeGranularity,
      requestTimeout: granted.includes('REQUEST_TIMEOUT') ? wishes.requestTimeout : 0,
      maxStackDepth: granted.includes('PASSTHROUGH') ? wishes.maxStackDepth : 0,
      ...flags,
    },
  }
}

function offeredFlags(offer: InitIn): InitFlagName[] {
  return ALL_FLAGS.filter((name) => {
    const bit = InitFlag[name]
    return bit < 32 ? (offer.flagsLow >>> bit) & 1 : (offer.flagsHigh >>> (bit - 32)) & 1
  })
}

function flagWords(names: readonly InitFlagName[]): { flagsLow: number; flagsHigh: number } {
  let flagsLow = 0
  let flagsHigh = 0
  for (const name of names) {
    const bit = InitFlag[name]
    if (bit < 32) flagsLow |= 1 << bit
    else flagsHigh |= 1 << (bit - 32)
  }
  return { flagsLow: flagsLow >>> 0, flagsHigh: flagsHigh >>> 0 }
}
