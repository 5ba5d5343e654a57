// What INIT settles for the life of a mount, and what a filesystem may ask for beforehand.

import type { InitFlagName } from '../protocol/index.js'
import { resolveLimits, type SettledLimits } from './session-limits.js'

/** Lists of INIT flags by name: asked for if offered, insisted on, never asked for. */
export interface FlagPreferences {
  /** Asked for where the kernel offers it. */
  readonly want?: readonly InitFlagName[]
  /** As `want`; a kernel that does not offer it is refused. */
  readonly require?: readonly InitFlagName[]
  /** Never asked for, though a default. */
  readonly refuse?: readonly InitFlagName[]
}

/** What the daemon would like. */
export interface SessionWishes extends FlagPreferences, SettledLimits {
  /** sysctl fs.fuse.max_pages_limit; 256 if absent. */
  readonly maxPagesLimit?: number
  /** The daemon has CAP_SYS_ADMIN in the initial user namespace; flags are not checked against it if absent. */
  readonly isPrivileged?: boolean
  /** Methods of the inode API that the handlers have; flags are not checked against them if absent. */
  readonly methods?: readonly string[]
  /** Options of the kernel's FUSE that the mount was made with; not checked against if absent. */
  readonly mountOptions?: readonly string[]
}

/** What became of the INIT flags. */
export interface FlagReport {
  /** By the kernel. */
  readonly offered: readonly InitFlagName[]
  /** By this daemon: its defaults and the filesystem's lists, less what cannot be honoured. */
  readonly asked: readonly InitFlagName[]
  /** What holds: asked and offered. */
  readonly granted: readonly InitFlagName[]
  /** Why each other flag does not hold. */
  readonly reasons: Readonly<Partial<Record<InitFlagName, string>>>
}

/** What both sides agreed on. */
export interface SessionParameters extends FlagReport {
  /** Protocol minor that both speak, 31 to 45. */
  readonly minor: number
  /** What the kernel offered, which may be more. */
  readonly kernelMinor: number
  /** Bytes of data in one WRITE. */
  readonly maxWrite: number
  /** Pages of 4096 bytes in one READ, WRITE or listing. */
  readonly maxPages: number
  /** Bytes; at most what the kernel offered. */
  readonly maxReadahead: number
  /** Background requests in flight at once. */
  readonly maxBackground: number
  /** Background requests from which on read-ahead is left out. */
  readonly congestionThreshold: number
  /** Nanoseconds. */
  readonly timeGranularity: number
  /** Seconds; 0 where none was asked for, or the kernel takes none. */
  readonly requestTimeout: number
  /** Filesystems below backing files are less deep; 0 without PASSTHROUGH. */
  readonly maxStackDepth: number
}

/** What is asked for where nothing else is said. */
export const DEFAULT_WISHES: SessionWishes = resolveLimits()
