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
import { FuseError } from './fuse-error.js'
import type { SessionParameters, SessionWishes } from './session-parameters.js'

/** Asked for on every mount where offered; a definition's lists add to it or take away. */
const ALWAYS_WANTED: readonly InitFlagName[] = [
  'ASYNC_READ',
  'BIG_WRITES',
  'ASYNC_DIO',
  'PARALLEL_DIROPS',
  'AUTO_INVAL_DATA',
  'MAX_PAGES',
  'ABORT_ERROR',
  'INIT_EXT',
]

/** Flags whose duties nobody here fulfils yet; asking for one is refused by name. */
const UNSUPPORTED: readonly InitFlagName[] = [
  'FILE_OPS',
  'MAP_ALIGNMENT',
  'SUBMOUNTS',
  'HAS_INODE_DAX',
  'INIT_RESERVED',
  'OVER_IO_URING',
  'PASSTHROUGH',
  'POSIX_LOCKS',
  'FLOCK_LOCKS',
  'DO_READDIRPLUS',
  'READDIRPLUS_AUTO',
  'POSIX_ACL',
  'SECURITY_CTX',
  'CREATE_SUPP_GROUP',
  'EXPORT_SUPPORT',
  'WRITEBACK_CACHE',
  'REQUEST_TIMEOUT',
  'ALLOW_IDMAP',
]

export interface InitAnswer {
  readonly parameters: SessionParameters
  readonly flagsLow: number
  readonly flagsHigh: number
}

/**
 * Settles a session's parameters.
 * @throws FuseError ERR_FUSE_UNSUPPORTED_KERNEL for a protocol other than 7.31 and up, or a missing required flag
 * @throws FuseError ERR_FUSE_BAD_FLAG for a flag that is asked for and refused, or that nobody can honour
 */
export function negotiateInit(offer: InitIn, wishes: SessionWishes): InitAnswer {
  if (offer.major !== KERNEL_MAJOR || offer.minor < KERNEL_MINOR_MIN) {
    throw new FuseError(
      'ERR_FUSE_UNSUPPORTED_KERNEL',
      `the kernel speaks FUSE ${offer.major}.${offer.minor}; ${KERNEL_MAJOR}.${KERNEL_MINOR_MIN} or newer is needed (Linux 5.4)`,
    )
  }
  const offered = offeredFlags(offer)
  const granted = grantedFlags(offered, wishes)
  const maxPages = granted.includes('MAX_PAGES')
    ? Math.min(256, Math.ceil(wishes.maxWrite / PAGE_SIZE))
    : 32
  const words = flagWords(granted)
  return {
    ...words,
    parameters: {
      minor: Math.min(offer.minor, KERNEL_MINOR_MAX),
      kernelMinor: offer.minor,
      maxWrite: Math.min(wishes.maxWrite, maxPages * PAGE_SIZE),
      maxPages,
      maxReadahead: offer.maxReadahead,
      maxBackground: wishes.maxBackground,
      offered,
      granted,
    },
  }
}

function offeredFlags(offer: InitIn): InitFlagName[] {
  return (Object.keys(InitFlag) as InitFlagName[]).filter((name) => {
    const bit = InitFlag[name]
    return bit < 32 ? (offer.flagsLow >>> bit) & 1 : (offer.flagsHigh >>> (bit - 32)) & 1
  })
}

function grantedFlags(offered: readonly InitFlagName[], wishes: SessionWishes): InitFlagName[] {
  const { want = [], require = [], refuse = [] } = wishes
  for (const name of [...want, ...require, ...refuse]) {
    if (!Object.hasOwn(InitFlag, name))
      throw new FuseError('ERR_FUSE_BAD_FLAG', `unknown INIT flag ${name}`)
  }
  for (const name of [...want, ...require]) {
    if (refuse.includes(name))
      throw new FuseError('ERR_FUSE_BAD_FLAG', `INIT flag ${name} is both asked for and refused`)
    if (UNSUPPORTED.includes(name))
      throw new FuseError('ERR_FUSE_BAD_FLAG', `INIT flag ${name} is not supported`)
  }
  // The kernel looks at the upper word only if INIT_EXT is set (fs/fuse/inode.c process_init_reply()).
  const lowerOnly = refuse.includes('INIT_EXT')
  for (const name of require) {
    if (lowerOnly && InitFlag[name] >= 32)
      throw new FuseError('ERR_FUSE_BAD_FLAG', `INIT flag ${name} needs INIT_EXT, which is refused`)
    if (!offered.includes(name)) {
      throw new FuseError(
        'ERR_FUSE_UNSUPPORTED_KERNEL',
        `this kernel does not offer the required INIT flag ${name}`,
      )
    }
  }
  const asked = new Set([...ALWAYS_WANTED, ...want, ...require])
  return offered.filter(
    (name) => asked.has(name) && !refuse.includes(name) && !(lowerOnly && InitFlag[name] >= 32),
  )
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
