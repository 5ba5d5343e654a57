// The addon's system calls, loaded once per thread.

import { loadNativeBinding } from '../native-binding.js'
import type { PosixCalls } from './posix-calls.js'

/** @throws Error ERR_FUSE_NO_ADDON at import where the addon cannot be loaded */
export const calls: PosixCalls = loadNativeBinding().posix
