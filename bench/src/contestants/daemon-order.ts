// What the daemon of a fuseloop contestant is told, as JSON.

import type { MountSettings } from '@fuseloop/daemon'

export interface DaemonOrder {
  /** The URL of a module, or the name of an example. */
  readonly filesystem: string
  readonly isModule: boolean
  readonly mountpoint: string
  readonly settings: Omit<MountSettings, 'services' | 'resourceLimits'>
}
