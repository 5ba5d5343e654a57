export {
  loadNativeBinding,
  type MountRequest,
  type NativeBinding,
  type NativeSession,
  type NativeSessionConstructor,
  type NativeWorker,
} from './native-binding.js'
