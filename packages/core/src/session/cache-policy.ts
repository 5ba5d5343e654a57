// A mount's cache setting as replies need it: figures for entries and attributes, flags for opens.
// What a handler says of its own goes over all of it.

import { OpenReplyFlag } from '../protocol/index.js'
import type { CacheKnobs } from './cache-profile.js'

/** What a handler may say of an open file. */
export interface OpenChoice {
  readonly keepCache?: boolean
  readonly directIo?: boolean
  readonly nonseekable?: boolean
  readonly stream?: boolean
  readonly noFlush?: boolean
  readonly parallelDirectWrites?: boolean
  readonly cacheDirectory?: boolean
}

/** What the kernel may keep, settled for one session. */
export class CachePolicy {
  /** How long names may be trusted where the handler does not say, in ms. */
  readonly entryTimeoutMs: number
  /** How long attributes may be trusted where the handler does not say, in ms. */
  readonly attributesTimeoutMs: number
  /** How long it may be trusted that a name does not exist, in ms; 0: no negative entry is sent. */
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
  openFlags(opened: OpenChoice): number {
    return (
      (chosen(opened.keepCache, this.#keepCache) ? OpenReplyFlag.KEEP_CACHE : 0) |
      (chosen(opened.directIo, this.#directIo) ? OpenReplyFlag.DIRECT_IO : 0) |
      (opened.nonseekable === true ? OpenReplyFlag.NONSEEKABLE : 0) |
      (opened.stream === true ? OpenReplyFlag.STREAM : 0) |
      (opened.noFlush === true ? OpenReplyFlag.NOFLUSH : 0) |
      (opened.parallelDirectWrites === true ? OpenReplyFlag.PARALLEL_DIRECT_WRITES : 0)
    )
  }

  /** FOPEN_* of a directory: whether its listing is cached, and that of earlier opens kept. */
  directoryFlags(opened: OpenChoice): number {
    // The listing is dropped at each open that does not keep it (fs/fuse/dir.c fuse_dir_open()).
    const keeps = chosen(opened.keepCache, this.#cacheDirectories)
    if (!chosen(opened.cacheDirectory, keeps)) return 0
    return OpenReplyFlag.CACHE_DIR | (keeps ? OpenReplyFlag.KEEP_CACHE : 0)
  }
}

/** Handlers in JavaScript may give anything: what is no boolean is no word. */
function chosen(given: unknown, otherwise: boolean): boolean {
  return typeof given === 'boolean' ? given : otherwise
}
