// What INIT settles for the life of a mount, and what a filesystem may ask for beforehand.

import type { InitFlagName } from '../protocol/index.js'

/** Lists of INIT flags by name: asked for if offered, insisted on, never asked for. */
export interface FlagPreferences {
  /** Asked for where the kernel offers it. */
  readonly want?: readonly InitFlagName[]
  /** As `want`; a kernel that does not offer it is refused. */
  readonly require?: readonly InitFlagName[]
  /** Never asked for, though a default. */
  readonly refuse?: readonly InitFlagName[]
}

/** What the daemon would like; all sizes in bytes. */
export interface SessionWishes extends FlagPreferences {
  /** Largest WRITE, 4096 to 1 MiB; the slots' payload size depends on it. */
  readonly maxWrite: number
  /** Background requests (read-ahead, RELEASE ...) the kernel may have in flight, 1 to 65535. */
  readonly maxBackground: number
  /** Timestamp granularity in ns, 1 to 10^9. */
  readonly timeGranularity: number
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
  readonly kernelMinor: number
  readonly maxWrite: number
  readonly maxPages: number
  readonly maxReadahead: number
  readonly maxBackground: number
}

export const DEFAULT_WISHES: SessionWishes = {
  maxWrite: 1048576,
  maxBackground: 64,
  timeGranularity: 1,
}
