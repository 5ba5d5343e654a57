// The calls of posix/ as functions of one object, `posix` of the addon. They take numbers, bigints,
// strings and typed arrays, and return the result or the negative errno; lib/posix makes errors of
// it.

#pragma once

#include <napi.h>

namespace fuseloop::napi {

Napi::Object posixCalls(Napi::Env env);

}  // namespace fuseloop::napi
