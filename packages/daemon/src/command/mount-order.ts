// What a command line has come to: a mount to be served, here or in a background process. Plain data, because it
// crosses to that process.

import type { MountSettings } from '../session/session-plan.js'

export interface MountOrder {
  /** Name of the command, for what it says and for its process's title. */
  readonly program: string
  /** Module, package or example, as mount() takes it. */
  readonly filesystem: string
  readonly mountpoint: string
  readonly settings: Omit<MountSettings, 'services'>
}
