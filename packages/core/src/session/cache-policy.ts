// A mount's cache setting as replies need it: figures for entries and attributes, flags for opens.
// What a handler says of its own goes over all of it.

import { OpenReplyFlag } from '../protocol/index.js'
import type { CacheKnobs } from './cache-profile.js'

/** What a handler may say of an open file. */
export interface OpenCacheChoice {
  readonly keepCache?: boolean
  readonly directIo?: boolean
}

export class CachePolicy {
  readonly entryTimeoutMs: number
  readonly attributesTimeoutMs: number
  readonly negativeTimeoutMs: number
  readonly #keepCache: boolean
  readonly #directIo: boolean
  readonly #cacheDirectories: boolean

  constructor(knobs: CacheKnobs) {
    this.entryTimeoutMs = knobs.entryTimeoutMs
    this.attributesTimeoutMs = knobs.attributesTimeoutMs
    this.negativeTimeoutMs = knobs.negativeTimeoutMs
    this.#keepCache = knobs.keepCache
    this.#directIo = knobs.directIo
    this.#cacheDirectories = knobs.cacheDirectories
  }

  /** FOPEN_* of a file. */
  openFlags(opened: OpenCacheChoice): number {
    return (
      (chosen(opened.keepCache, this.#keepCache) ? OpenReplyFlag.KEEP_CACHE : 0) |
      (chosen(opened.directIo, this.#directIo) ? OpenReplyFlag.DIRECT_IO : 0)
    )
  }

  /** FOPEN_* of a directory; `keepCache` of the handler says whether its listing may be cached. */
  directoryFlags(opened: OpenCacheChoice): number {
    // The listing is dropped at each open that does not keep it (fs/fuse/dir.c fuse_dir_open()).
    return chosen(opened.keepCache, this.#cacheDirectories)
      ? OpenReplyFlag.CACHE_DIR | OpenReplyFlag.KEEP_CACHE
      : 0
  }
}

/** Handlers in JavaScript may give anything: what is no boolean is no word. */
function chosen(given: unknown, otherwise: boolean): boolean {
  return typeof given === 'boolean' ? given : otherwise
}
