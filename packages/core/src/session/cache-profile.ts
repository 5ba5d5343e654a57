// Cache control by name: what each profile has the kernel keep, and for how long. Single knobs go over it.
// Source of what the knobs do: fs/fuse/file.c fuse_open(), fs/fuse/inode.c fuse_change_attributes().

/**
 * Who vouches for what the kernel has cached:
 * `none`: nobody, each use asks; `closeToOpen`: each open compares size and mtime, as with NFS;
 * `ttl`: time, and each open reads anew; `immutable`: nothing ever changes;
 * `writeback`: this kernel alone makes all changes.
 */
export type CacheProfileName = 'none' | 'closeToOpen' | 'ttl' | 'immutable' | 'writeback'

/** When the kernel drops cached data on its own: where size or mtime changed, only when told, or where the size did. */
export type AutoInvalidate = 'auto' | 'explicit' | 'off'

/** Single knobs; what is absent is the profile's. */
export interface CacheSettings {
  /** `ttl` if absent. */
  readonly profile?: CacheProfileName
  /** How long a name is trusted, in ms from 0 (each use looks it up); a handler's own figure goes over it. */
  readonly entryTimeoutMs?: number
  /** How long attributes are trusted, in ms from 0; a handler's own figure goes over it. */
  readonly attributesTimeoutMs?: number
  /** How long it is trusted that a name does not exist, in ms; 0 is not at all. */
  readonly negativeTimeoutMs?: number
  /** Pages of earlier opens stay at an open (FOPEN_KEEP_CACHE); a handler's own word goes over it. */
  readonly keepCache?: boolean
  /** No page cache: reads and writes come as the client makes them (FOPEN_DIRECT_IO); see `keepCache`. */
  readonly directIo?: boolean
  /** Files with direct IO must be mappable with MAP_SHARED: Linux 6.6 or later is insisted on. */
  readonly sharedMmap?: boolean
  /** When the kernel drops cached data on its own (AUTO_INVAL_DATA, EXPLICIT_INVAL_DATA). */
  readonly autoInvalidate?: AutoInvalidate
  /** Writes stay in the page cache first; the kernel owns sizes and times (WRITEBACK_CACHE). */
  readonly writeback?: boolean
  /** Targets of symbolic links stay cached (CACHE_SYMLINKS). */
  readonly cacheSymlinks?: boolean
  /** Listings stay cached until the directory's mtime changes (FOPEN_CACHE_DIR). */
  readonly cacheDirectories?: boolean
  /** Others than this kernel change what is served: a server, another mount, the filesystem itself. */
  readonly remoteChanges?: boolean
}

/** A profile's name, or knobs over one. */
export type CacheChoice = CacheProfileName | CacheSettings

/** All knobs, set. */
export type CacheKnobs = Required<CacheSettings>

const YEAR_MS = 365 * 86_400_000

type Profile = Omit<CacheKnobs, 'profile'>

const TTL: Profile = {
  entryTimeoutMs: 1000,
  attributesTimeoutMs: 1000,
  negativeTimeoutMs: 0,
  keepCache: false,
  directIo: false,
  sharedMmap: false,
  autoInvalidate: 'auto',
  writeback: false,
  cacheSymlinks: false,
  cacheDirectories: false,
  remoteChanges: true,
}

/** What each profile stands for. */
export const CACHE_PROFILES: Readonly<Record<CacheProfileName, Profile>> = {
  none: { ...TTL, entryTimeoutMs: 0, attributesTimeoutMs: 0, directIo: true },
  // The walk of an open looks the last name up again, which brings attributes to compare with.
  closeToOpen: { ...TTL, entryTimeoutMs: 0, keepCache: true },
  ttl: TTL,
  immutable: {
    ...TTL,
    entryTimeoutMs: YEAR_MS,
    attributesTimeoutMs: YEAR_MS,
    negativeTimeoutMs: YEAR_MS,
    keepCache: true,
    autoInvalidate: 'explicit',
    cacheSymlinks: true,
    cacheDirectories: true,
    remoteChanges: false,
  },
  writeback: {
    ...TTL,
    keepCache: true,
    writeback: true,
    cacheSymlinks: true,
    cacheDirectories: true,
    remoteChanges: false,
  },
}

/** Where a definition says nothing. */
export const DEFAULT_CACHE_PROFILE: CacheProfileName = 'ttl'
