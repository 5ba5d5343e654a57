// The lock manager as JavaScript sees it: LockManager of @fuseloop/core.

#pragma once

#include <napi.h>

#include <memory>

#include "device/session.hpp"

namespace fuseloop::napi {

/** @param given LockRequest of @fuseloop/core */
node::LockRequest readLockRequest(const Napi::Value& given);

/** Of a session's manager: what a worker may call. */
Napi::Object sessionLockCalls(Napi::Env env, std::shared_ptr<device::Session> session);

/** createLockManager(grant, most) -> a manager that belongs to no session, whole; see
 * NativeBinding. */
Napi::Value createLockManager(const Napi::CallbackInfo& info);

}  // namespace fuseloop::napi
