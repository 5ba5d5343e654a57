// A JavaScript thread's way to a session's notifier, and the results' way back. Any thread of the
// process may have one, before and after it takes a worker's seat. See NativeNotifications in
// native-binding.ts.

#pragma once

#include <napi.h>

namespace fuseloop::napi {

/** openNotifications(session, onSettled) */
Napi::Value openNotifications(const Napi::CallbackInfo& info);

}  // namespace fuseloop::napi
