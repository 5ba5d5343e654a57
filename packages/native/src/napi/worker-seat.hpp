// One worker's side of a session within its JavaScript environment: the bell in its event loop, and
// the calls by which it takes and answers requests. libuv's own wait is the one wait: it sees the
// bell as well as the worker's timers, sockets and messages, so that terminate() and promises work
// while no request comes.

#pragma once

#include <napi.h>

#include "device/session.hpp"

namespace fuseloop::napi {

/** attachWorker(sessionId, worker, memory, onWake) -> calls of this seat. See NativeWorker in
 * native-binding.ts. */
Napi::Value attachWorker(const Napi::CallbackInfo& info);

}  // namespace fuseloop::napi
