// What options have been chosen so far; each option of the table adds its part.

import type { CacheSettings, LockChoice, SessionLimits } from '@fuseloop/core'
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
      'loop' | 'workers' | 'trace' | 'transport' | 'timeouts' | 'maxNodes' | 'readyTimeoutMs'
    >
  > = {}
  locks: LockChoice | undefined
  readonly cache: Writable<CacheSettings> = {}
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
      limits: this.limits,
      mountOptions: this.mountOptions,
    }
  }
}
