// What programs that mount import.

export { type FuseMainSettings, fuseMain } from './fuse-main/fuse-main.js'
export type { MountOptions } from './mount/mount-options.js'
export { mount } from './mount-filesystem.js'
export type { MountSession, ShutdownOptions } from './session/mount-session.js'
export type { PassthroughRefusals, PassthroughStatus } from './session/passthrough-status.js'
export type { LostFile, SessionEnd } from './session/session-end.js'
export type { MountSettings } from './session/session-plan.js'
export type {
  OperationStatus,
  SessionStatus,
  WorkerEnd,
  WorkerStatus,
} from './session/session-status.js'
export type { Transport, TransportSetting } from './session/transport-choice.js'
