export type { Backing, BackingFile, BackingRegistry, BackingSource } from './backing-registry.js'
export { ClientError } from './client-calls.js'
export {
  type ConnectionDriver,
  type ConnectionEvent,
  type NotificationSink,
  type ReplyBounds,
  SendKind,
} from './connection-driver.js'
export {
  ContractError,
  type ContractRule,
  type DaemonProbe,
  type Violation,
} from './contract-checks.js'
export {
  DeviceHandle,
  IOCTL_BACKING_CLOSE,
  IOCTL_BACKING_OPEN,
  IOCTL_CLONE,
  type PollState,
} from './device-handle.js'
export { FuseConnection, type FuseConnectionOptions } from './fuse-connection.js'
export { HandlerWatch } from './handler-watch.js'
export type { Negotiated } from './init-reply.js'
export type { CachedDentry, CachedInode, InodeCache, OpenedFile } from './inode-cache.js'
export { type ClientOptions, KernelClient } from './kernel-client.js'
export { type ClientLimits, KernelFile } from './kernel-file.js'
export { offeredFlags } from './kernel-offer.js'
export type { LockOrder } from './lock-order.js'
export { MemoryKernel, type MemoryKernelOptions } from './memory-kernel.js'
export type { Caller, Word } from './message-builder.js'
export { NotifyCode } from './notification-frame.js'
export type { OpenFlags } from './open-place.js'
export type { ClientPath } from './path-walk.js'
export { Reply } from './reply.js'
export { replyBounds } from './reply-bounds.js'
export {
  type InitOffer,
  opcodeOf,
  RequestBuilder,
  type SetattrChanges,
  uniqueOf,
} from './request-builder.js'
export { type SentRequest, VirtualKernel, type VirtualKernelOptions } from './virtual-kernel.js'
export type {
  WireAttributes,
  WireDirent,
  WireDirentplus,
  WireDirentRecord,
  WireEntry,
  WireIoctl,
  WireLock,
  WireOpened,
  WireStatfs,
  WireStatx,
} from './wire-replies.js'
