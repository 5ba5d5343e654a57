// Backing files as JavaScript sees them: BackingFiles of @fuseloop/core.

#pragma once

#include <napi.h>

#include <memory>

#include "device/session.hpp"

namespace fuseloop::napi {

/** Of a session: what a worker calls. */
Napi::Object sessionBackingCalls(Napi::Env env, const std::shared_ptr<device::Session>& session);

/** BackingCounts of @fuseloop/core. */
Napi::Object backingCounts(Napi::Env env, const node::BackingCounts& counts);

/** createBackingFiles(open, close) -> a table that belongs to no session; see NativeBinding. */
Napi::Value createBackingFiles(const Napi::CallbackInfo& info);

}  // namespace fuseloop::napi
