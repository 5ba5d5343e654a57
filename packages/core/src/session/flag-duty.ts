// What one INIT flag means for this daemon: a row of FLAG_DUTIES. Data only; flag-settlement acts on it.

import type { InitFlagName } from '../protocol/index.js'

/** Whether a flag is asked for: on every mount that can honour it, only where a list names it, or never. */
export type FlagDefault = 'asked' | 'onDemand' | 'never'

/**
 * Who does what the flag obliges to: the framework whatever the filesystem, the filesystem's handlers, or the
 * kernel alone (the flag allows it something, or only announces what it can do).
 */
export type FlagHonourer = 'framework' | 'handlers' | 'kernel'

/** A mount option without which the kernel refuses the answer, or a flag that stands in for it. */
export interface MountOptionNeed {
  /** Of the kernel's FUSE, as after -o. */
  readonly option: string
  /** A flag with which the kernel does without the option. */
  readonly unless?: InitFlagName
}

/** What a flag needs of the mount and the filesystem; a default whose needs are not met is left out. */
export interface FlagNeeds {
  /** Flags that must be granted with it; asked for along with it. */
  readonly flags?: readonly InitFlagName[]
  /** Methods (of the inode API) that the handlers must have. */
  readonly methods?: readonly string[]
  /** Methods that they must not have: what they would do is no longer asked for. */
  readonly noMethods?: readonly string[]
  /** A capability of the daemon's, in the initial user namespace; where it is missing, the flag is not granted. */
  readonly privilege?: 'CAP_SYS_ADMIN'
  /** Of the mount that INIT comes from. */
  readonly mountOption?: MountOptionNeed
}

/** A row: what an INIT flag obliges to, and who honours it. */
export interface FlagDuty {
  /** Protocol minor that brought it; 31 for what is older than any kernel that is served. */
  readonly since: number
  /** When it is asked for. */
  readonly default: FlagDefault
  /** Who does what it obliges to. */
  readonly honouredBy: FlagHonourer
  /** What setting it obliges to or allows, in a sentence. */
  readonly duty: string
  /** Without which it is refused, or, as a default, left out. */
  readonly needs?: FlagNeeds
  /** Flags that cannot be granted together with it. */
  readonly excludes?: readonly InitFlagName[]
  /** Why asking for it is refused. Only, and always, with the default `never`. */
  readonly unsupported?: string
}
