// The addon's entry: what native-binding.ts sees. Loaded once per JavaScript environment.

#include <napi.h>
#include <unistd.h>

#include <cstdint>

#include "base/notify-socket.hpp"
#include "mount/unmount.hpp"
#include "napi/addon-data.hpp"
#include "napi/background-task.hpp"
#include "napi/backing-calls.hpp"
#include "napi/end-guard.hpp"
#include "napi/javascript-error.hpp"
#include "napi/lock-calls.hpp"
#include "napi/native-queue.hpp"
#include "napi/native-session.hpp"
#include "napi/notification-port.hpp"
#include "napi/posix-calls.hpp"
#include "napi/worker-seat.hpp"
#include "ring/ring-layout.hpp"
#ifdef FUSELOOP_PLANTED_FAULT
#include "napi/planted-fault.hpp"
#endif

namespace {

using namespace fuseloop;

/** Bytes to skip in a typed array so that what follows is page aligned in this process. */
Napi::Value pageOffset(const Napi::CallbackInfo& info) {
  auto address = reinterpret_cast<uintptr_t>(info[0].As<Napi::Uint8Array>().Data());
  return Napi::Number::New(
      info.Env(),
      static_cast<double>((ring::kPageSize - address % ring::kPageSize) % ring::kPageSize));
}

void exitNow(const Napi::CallbackInfo& info) { ::_exit(info[0].As<Napi::Number>().Int32Value()); }

Napi::Value unmountPath(const Napi::CallbackInfo& info) {
  std::string path = info[0].As<Napi::String>().Utf8Value();
  bool lazy = info[1].As<Napi::Boolean>().Value();
  return napi::BackgroundTask::run(info.Env(), "FUSE_UNMOUNT", [path, lazy] {
    mount::unmountPath(path, lazy);
    return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
  });
}

void guardSignals(const Napi::CallbackInfo& info) {
  napi::guarded(info.Env(), [&] {
    auto signals = info[0].As<Napi::Array>();
    for (uint32_t index = 0; index < signals.Length(); ++index) {
      napi::EndGuard::instance().watch(signals.Get(index).As<Napi::Number>().Int32Value());
    }
  });
}

void signalsHandled(const Napi::CallbackInfo&) { napi::EndGuard::instance().acknowledge(); }

void notifySocket(const Napi::CallbackInfo& info) {
  napi::guarded(info.Env(), [&] {
    base::notifySocket(info[0].As<Napi::String>().Utf8Value(),
                       info[1].As<Napi::String>().Utf8Value());
  });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(std::make_unique<napi::AddonData>().release());
  exports.Set("NativeSession", napi::NativeSession::define(env));
  exports.Set("NativeQueue", napi::NativeQueue::define(env));
  exports.Set("attachWorker", Napi::Function::New(env, napi::attachWorker, "attachWorker"));
  exports.Set("createLockManager",
              Napi::Function::New(env, napi::createLockManager, "createLockManager"));
  exports.Set("createBackingFiles",
              Napi::Function::New(env, napi::createBackingFiles, "createBackingFiles"));
  exports.Set("posix", napi::posixCalls(env));
  exports.Set("openNotifications",
              Napi::Function::New(env, napi::openNotifications, "openNotifications"));
  exports.Set("pageOffset", Napi::Function::New(env, pageOffset, "pageOffset"));
  exports.Set("exitNow", Napi::Function::New(env, exitNow, "exitNow"));
  exports.Set("guardSignals", Napi::Function::New(env, guardSignals, "guardSignals"));
  exports.Set("signalsHandled", Napi::Function::New(env, signalsHandled, "signalsHandled"));
  exports.Set("notifySocket", Napi::Function::New(env, notifySocket, "notifySocket"));
  exports.Set("unmountPath", Napi::Function::New(env, unmountPath, "unmountPath"));
#ifdef FUSELOOP_PLANTED_FAULT
  exports.Set("plantedOverflow", Napi::Function::New(env, napi::plantedOverflow));
  exports.Set("plantedLeak", Napi::Function::New(env, napi::plantedLeak));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(fuseloop_native, initialize)
