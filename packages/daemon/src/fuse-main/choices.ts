// What options have been chosen so far; each option of the table adds its part.

import type { CacheSettings, LockChoice, Ownership, SessionLimits } from '@fuseloop/core'
import type { MountSettings } from '../session/session-plan.js'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Later options go over earlier ones. */
export class Choices {
  help = false
  version = false
  foreground = false
  logFile: string | undefined
  /** All that stands for itself. */
  readonly settings: Writable<
    Pick<
      MountSettings,
      | 'loop'
      | 'workers'
      | 'trace'
      | 'transport'
      | 'timeouts'
      | 'timeoutCode'
      | 'interrupts'
      | 'resourceLimits'
      | 'mountHelper'
      | 'maxNodes'
      | 'maxRestarts'
      | 'rememberNodes'
      | 'readyTimeoutMs'
    >
  > = {}
  locks: LockChoice | undefined
  readonly cache: Writable<CacheSettings> = {}
  readonly ownership: Writable<Ownership> = {}
  readonly limits: Writable<SessionLimits> = {}
  /** The filesystem's own. */
  readonly set: Record<string, string | true> = {}
  readonly mountOptions: Record<string, string | true> = {}

  /** As mount() takes them. */
  mountSettings(): MountSettings {
    return {
      ...this.settings,
      ...(this.locks !== undefined && { locks: this.locks }),
      set: this.set,
      cache: this.cache,
      ownership: this.ownership,
      limits: this.limits,
      mountOptions: this.mountOptions,
    }
  }
}
