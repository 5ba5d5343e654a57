// What INIT settles for the life of a mount, and what a filesystem may ask for beforehand.

import type { InitFlagName } from '../protocol/index.js'

/** Lists of INIT flags by name: asked for if offered, insisted on, never asked for. */
export interface FlagPreferences {
  readonly want?: readonly InitFlagName[]
  readonly require?: readonly InitFlagName[]
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
}

/** What both sides agreed on. */
export interface SessionParameters {
  /** Protocol minor that both speak, 31 to 45. */
  readonly minor: number
  readonly kernelMinor: number
  readonly maxWrite: number
  readonly maxPages: number
  readonly maxReadahead: number
  readonly maxBackground: number
  readonly offered: readonly InitFlagName[]
  readonly granted: readonly InitFlagName[]
}

export const DEFAULT_WISHES: SessionWishes = {
  maxWrite: 1048576,
  maxBackground: 64,
  timeGranularity: 1,
}
