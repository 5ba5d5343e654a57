// From the threads that use an in-process connection to the JavaScript thread that made it: events
// in batches, and notifications, whose writer waits for the answer.

#pragma once

#include <napi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "device/queue-event.hpp"

namespace fuseloop::napi {

class QueueChannel : public std::enable_shared_from_this<QueueChannel> {
 public:
  /** @param onEvents called with a batch, see queue-event-record.hpp */
  QueueChannel(Napi::Env env, const Napi::Function& onEvents);

  /** Any thread; the JavaScript thread is rung once until it has taken all. */
  void append(const device::QueueEvent& event);
  /** Any thread; waits for the JavaScript thread unless it is the caller. */
  int notify(int32_t code, std::span<const uint8_t> body);

  // These are for the JavaScript thread.
  void setNotify(const Napi::Function& notify);
  /** Keeps the process alive until the event of the connection's end was delivered. */
  void keepProcess();
  /** Nothing is called any more. False when it was closed already. */
  bool close(bool isTeardown);

 private:
  struct Notification;

  void deliver(Napi::Env env, const Napi::Function& onEvents);
  int callNotify(Napi::Env env, int32_t code, std::span<const uint8_t> body);

  const std::thread::id thread_ = std::this_thread::get_id();
  const Napi::Env env_;
  Napi::FunctionReference notify_;
  /** Guards what follows, and each use of `toJavaScript_`: Node.js frees it at the environment's
   * end, whoever else may hold it. */
  std::mutex mutex_;
  bool isOpen_ = true;
  bool isRung_ = false;
  bool hasEnded_ = false;
  std::vector<uint8_t> batch_;
  std::condition_variable answered_;
  Napi::ThreadSafeFunction toJavaScript_;
};

}  // namespace fuseloop::napi
