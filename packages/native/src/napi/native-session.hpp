// A session as the thread that called mount() holds it: the device's life from mount to close.
// See NativeSession in native-binding.ts for the JavaScript side's contract.

#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "napi/mounted-session.hpp"

namespace fuseloop::napi {

class NativeSession : public Napi::ObjectWrap<NativeSession> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NativeSession(const Napi::CallbackInfo& info);
  ~NativeSession() override;

 private:
  Napi::Value id(const Napi::CallbackInfo& info);
  Napi::Value connection(const Napi::CallbackInfo& info);
  Napi::Value mount(const Napi::CallbackInfo& info);
  Napi::Value adopt(const Napi::CallbackInfo& info);
  Napi::Value watchOrder(const Napi::CallbackInfo& info);
  Napi::Value attachQueue(const Napi::CallbackInfo& info);
  Napi::Value useTransport(const Napi::CallbackInfo& info);
  Napi::Value transportFailure(const Napi::CallbackInfo& info);
  void writeInit(const Napi::CallbackInfo& info);
  void traceReader(const Napi::CallbackInfo& info);
  void start(const Napi::CallbackInfo& info);
  Napi::Value waitUntilAnswering(const Napi::CallbackInfo& info);
  Napi::Value unmount(const Napi::CallbackInfo& info);
  void endNow(const Napi::CallbackInfo& info);
  void limitNodes(const Napi::CallbackInfo& info);
  void keepUnused(const Napi::CallbackInfo& info);
  void refuseOpens(const Napi::CallbackInfo& info);
  Napi::Value nodesOpenForWriting(const Napi::CallbackInfo& info);
  void closeWithin(const Napi::CallbackInfo& info);
  void endBySignals(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void abandonWorker(const Napi::CallbackInfo& info);
  Napi::Value isSeatFree(const Napi::CallbackInfo& info);
  void interruptWorker(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  Napi::Value lockCounts(const Napi::CallbackInfo& info);
  Napi::Value backingCounts(const Napi::CallbackInfo& info);
  Napi::Value lookupCount(const Napi::CallbackInfo& info);
  Napi::Value nodeCount(const Napi::CallbackInfo& info);
  Napi::Value unusedCount(const Napi::CallbackInfo& info);
  Napi::Value underflows(const Napi::CallbackInfo& info);

  using TeardownHook = std::function<void()>;

  std::shared_ptr<MountedSession> mounted_;
  Napi::Env::CleanupHook<TeardownHook> teardown_;
  /** Keeps the shared memory alive until the reader is joined. */
  Napi::Reference<Napi::Uint8Array> memory_;
  Napi::ThreadSafeFunction onEnd_;
  Napi::ThreadSafeFunction onStuck_;
  uint32_t id_ = 0;
};

}  // namespace fuseloop::napi
