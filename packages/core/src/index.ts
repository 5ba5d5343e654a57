// What filesystem authors import.

export * from './definition/index.js'
export { FsError } from './inode/fs-error.js'
export type * from './inode/handler-types.js'
export type * from './inode/inode-handlers.js'
export type { PathFile, PathHandlers } from './path/index.js'
export type {
  Attributes,
  ErrnoCode,
  InitFlagName,
  StatfsResult,
  StatxAttributes,
  TimeValue,
} from './protocol/index.js'
export { Errno, PollEvent } from './protocol/index.js'
export {
  type AutoInvalidate,
  type CacheChoice,
  type CacheProfileName,
  type CacheSettings,
  type Change,
  type FlagPreferences,
  FuseError,
  type FuseErrorCode,
  type LockChoice,
  type NodeSubject,
  type Notifier,
  type NotifyResult,
  type Ownership,
  type PollHandle,
  type RequestContext,
  type SessionLimits,
} from './session/index.js'
