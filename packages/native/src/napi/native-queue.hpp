// An in-process connection as JavaScript holds it: its upper half, and handles for one thread.
// See NativeQueue in native-binding.ts for the JavaScript side's contract.

#pragma once

#include <napi.h>

#include <map>
#include <memory>

#include "device/queue-connection.hpp"
#include "device/queue-handle.hpp"
#include "napi/queue-channel.hpp"

namespace fuseloop::napi {

class NativeQueue : public Napi::ObjectWrap<NativeQueue> {
 public:
  static Napi::Function define(Napi::Env env);
  /** The connection behind a value of JavaScript. @throws std::invalid_argument for anything else
   */
  static std::shared_ptr<device::QueueConnection> connectionOf(const Napi::Value& value);

  explicit NativeQueue(const Napi::CallbackInfo& info);
  ~NativeQueue() override;

 private:
  Napi::Value mount(const Napi::CallbackInfo& info);
  Napi::Value send(const Napi::CallbackInfo& info);
  void forget(const Napi::CallbackInfo& info);
  void signal(const Napi::CallbackInfo& info);
  Napi::Value kill(const Napi::CallbackInfo& info);
  void unmount(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void setNotificationSink(const Napi::CallbackInfo& info);
  Napi::Value repeat(const Napi::CallbackInfo& info);
  Napi::Value openHandle(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value writev(const Napi::CallbackInfo& info);
  Napi::Value poll(const Napi::CallbackInfo& info);
  void closeHandle(const Napi::CallbackInfo& info);

  using TeardownHook = std::function<void()>;

  std::shared_ptr<QueueChannel> channel_;
  std::shared_ptr<device::QueueConnection> connection_;
  std::map<uint32_t, std::unique_ptr<device::QueueHandle>> handles_;
  Napi::Env::CleanupHook<TeardownHook> teardown_;
};

}  // namespace fuseloop::napi
