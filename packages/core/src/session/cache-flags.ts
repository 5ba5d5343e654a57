// What a cache setting asks of INIT, put together with the filesystem's own lists of flags.

import type { InitFlagName } from '../protocol/index.js'
import type { CacheKnobs } from './cache-profile.js'
import { FuseError } from './fuse-error.js'
import type { FlagPreferences } from './session-parameters.js'

/** @throws FuseError ERR_FUSE_BAD_CACHE where the lists and the cache setting harm each other */
export function withCacheFlags(lists: FlagPreferences, knobs: CacheKnobs): FlagPreferences {
  checkPassthrough(lists, knobs)
  const wished = flagsOf(knobs)
  const { want = [], require = [], refuse = [] } = lists
  for (const [knob, flag] of wished.needed) {
    if (refuse.includes(flag))
      throw bad(`cache: ${knob} needs the INIT flag ${flag}, which is refused`)
  }
  for (const [knob, flag] of wished.unwanted) {
    if (want.includes(flag) || require.includes(flag))
      throw bad(`cache: ${knob} cannot go with the INIT flag ${flag}, which is asked for`)
  }
  const needed = wished.needed.map(([, flag]) => flag)
  const wanted = wished.wanted.filter((flag) => !refuse.includes(flag))
  return {
    want: [...new Set([...want, ...wanted])],
    require: [...new Set([...require, ...needed])],
    refuse: [...new Set([...refuse, ...wished.unwanted.map(([, flag]) => flag)])],
  }
}

type Reason = readonly [knob: string, flag: InitFlagName]

interface CacheFlags {
  readonly needed: readonly Reason[]
  readonly wanted: readonly InitFlagName[]
  readonly unwanted: readonly Reason[]
}

function flagsOf(knobs: CacheKnobs): CacheFlags {
  const needed: Reason[] = []
  const wanted: InitFlagName[] = []
  const unwanted: Reason[] = []
  if (knobs.writeback) needed.push(['writeback', 'WRITEBACK_CACHE'])
  if (knobs.autoInvalidate === 'explicit')
    needed.push(["autoInvalidate 'explicit'", 'EXPLICIT_INVAL_DATA'])
  if (knobs.autoInvalidate !== 'auto')
    unwanted.push([`autoInvalidate '${knobs.autoInvalidate}'`, 'AUTO_INVAL_DATA'])
  if (knobs.autoInvalidate !== 'explicit')
    unwanted.push([`autoInvalidate '${knobs.autoInvalidate}'`, 'EXPLICIT_INVAL_DATA'])
  // Files are opened without asking then, and with their pages kept.
  if (knobs.directIo) unwanted.push(['directIo', 'NO_OPEN_SUPPORT'])
  if (knobs.directIo && knobs.sharedMmap)
    needed.push(['directIo with sharedMmap', 'DIRECT_IO_ALLOW_MMAP'])
  else if (knobs.directIo) wanted.push('DIRECT_IO_ALLOW_MMAP')
  if (knobs.cacheSymlinks) wanted.push('CACHE_SYMLINKS')
  return { needed, wanted, unwanted }
}

/** The kernel refuses opens whose flags go together so, and turns passthrough off beside write-back. */
function checkPassthrough({ want = [], require = [] }: FlagPreferences, knobs: CacheKnobs): void {
  const lists = [...want, ...require]
  if (!lists.includes('PASSTHROUGH')) return
  // fs/fuse/iomode.c fuse_file_io_open(): any flag but DIRECT_IO and a few more is EIO for the client.
  if (knobs.keepCache)
    throw bad('cache: keepCache cannot go with the INIT flag PASSTHROUGH, which is asked for')
  if (knobs.writeback || lists.includes('WRITEBACK_CACHE'))
    throw bad('cache: writeback cannot go with the INIT flag PASSTHROUGH, which is asked for')
}

function bad(message: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_CACHE', message)
}
