export {
  loadNativeBinding,
  MOUNT_WATCHER,
  type MountRequest,
  type NativeBinding,
  type NativeLock,
  type NativeLockManager,
  type NativeLockRequest,
  type NativeLocks,
  type NativeLostFile,
  type NativeNotifications,
  type NativeQueue,
  type NativeQueueConstructor,
  type NativeSession,
  type NativeSessionConstructor,
  type NativeWorker,
  type NativeWorkerLocks,
} from './native-binding.js'
export { decodeQueueEvents, type QueueEvent } from './queue-events.js'
