// Blocking work on a thread of its own, ending in a promise. Not libuv's pool: its few threads may
// all be blocked on the very mount that this work is about.

#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <thread>

namespace fuseloop::napi {

class BackgroundTask {
 public:
  /** Runs on the calling JavaScript thread when `Work` has returned, to make the promise's value.
   */
  using Finish = std::function<Napi::Value(Napi::Env)>;
  /** Runs on the new thread; what it throws rejects the promise. */
  using Work = std::function<Finish()>;

  static Napi::Promise run(Napi::Env env, const char* name, Work work);
};

}  // namespace fuseloop::napi
