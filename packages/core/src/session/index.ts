export {
  type BackingCounts,
  type BackingDevice,
  type BackingFiles,
  MemoryBackingFiles,
} from './backing-files.js'
export { withCacheFlags } from './cache-flags.js'
export { CachePolicy, type OpenChoice } from './cache-policy.js'
export {
  type AutoInvalidate,
  CACHE_PROFILES,
  type CacheChoice,
  type CacheKnobs,
  type CacheProfileName,
  type CacheSettings,
  DEFAULT_CACHE_PROFILE,
} from './cache-profile.js'
export { checkCacheChoice, resolveCache } from './cache-settings.js'
export type { NodePlaces, NodeSubject } from './changed-node.js'
export { type Clock, MONOTONIC_CLOCK } from './clock.js'
export type { DeviceEndpoint } from './device-endpoint.js'
export { type DirectoryTable, MemoryDirectoryTable, wholeRecords } from './directory-table.js'
export type {
  FlagDefault,
  FlagDuty,
  FlagHonourer,
  FlagNeeds,
  MountOptionNeed,
} from './flag-duty.js'
export { FuseError, type FuseErrorCode } from './fuse-error.js'
export { type HeldLock, LOCK_END, type LockRange, LockType } from './held-locks.js'
export { type InFlight, InFlightRequests } from './in-flight-requests.js'
export { exchangeInit, type InitExchange, offersFlag } from './init-exchange.js'
export { FLAG_DUTIES } from './init-flag-duties.js'
export { type InitAnswer, negotiateInit } from './init-negotiation.js'
export { type LockChoice, withLockFlags } from './lock-flags.js'
export {
  LOCK_PARKED,
  LockKind,
  type LockManager,
  type LockRequest,
  type LockWaiter,
  type WorkerLocks,
} from './lock-manager.js'
export { MemoryLockManager, MOST_LOCKS } from './memory-lock-manager.js'
export { MemoryNodeTable } from './memory-node-table.js'
export { NodeSweep } from './node-sweep.js'
export { type NodeTable, ROOT_NODEID, type UnusedCandidate } from './node-table.js'
export {
  type MemoryChannelParts,
  MemoryNotificationChannel,
  type NotificationAnswer,
  type NotificationChannel,
} from './notification-channel.js'
export {
  NOTIFICATION_MINOR,
  type NotificationLimits,
  readNotificationLimits,
} from './notification-support.js'
export type { Change, Notifier, NotifyResult, PollHandle } from './notifier.js'
export { type ObjectOwner, objectHandleHigh, objectOwner } from './object-handle.js'
export { MemoryOpenFileTable, type OpenFileTable, type OpenHandle } from './open-file-table.js'
export { checkOwnership, type Ownership } from './ownership.js'
export { type RequestContext, type SecurityContext, SlotContext } from './request-context.js'
export { type InterruptPolicy, mergeRules, type RequestRules } from './request-rules.js'
export {
  backgroundFor,
  checkLimits,
  DEFAULT_PAGES,
  DEFAULT_PAGES_LIMIT,
  DEFAULT_READ_AHEAD,
  pagesFor,
  resolveLimits,
  type SessionLimits,
  type SettledLimits,
} from './session-limits.js'
export { SessionNotifier } from './session-notifier.js'
export {
  DEFAULT_WISHES,
  type FlagPreferences,
  type FlagReport,
  type SessionParameters,
  type SessionWishes,
} from './session-parameters.js'
export { keyOf, type OpenFile, UnflushedFiles } from './unflushed-files.js'
export {
  MemoryWatchdog,
  type PassedDeadline,
  type Watchdog,
  type WatchdogParts,
} from './watchdog.js'
export { writebackOpenFlags } from './write-back.js'
