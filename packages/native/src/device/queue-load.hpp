// A closed loop of clients, for measurements: each answer sends the next copy of one message, at
// once and on the thread that answered, so that nothing but reader and workers is measured.
// Guarded by the connection's lock.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace fuseloop::device {

class QueueLoad {
 public:
  /** Called once: elapsed nanoseconds, or the negative errno of what ended the load early. */
  using OnDone = std::function<void(int64_t)>;

  QueueLoad(uint64_t count, OnDone onDone)
      : toSend_(count), unanswered_(count), onDone_(std::move(onDone)) {}

  /** Whether one more copy is to be sent; counts it. */
  bool sendsAnother() {
    if (toSend_ == 0) return false;
    --toSend_;
    return true;
  }

  void answered() {
    if (--unanswered_ == 0) {
      auto elapsed = std::chrono::steady_clock::now() - started_;
      report(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
    }
  }

  void failed(int error) {
    toSend_ = 0;
    report(error);
  }

 private:
  void report(int64_t result) {
    if (auto onDone = std::exchange(onDone_, nullptr)) onDone(result);
  }

  uint64_t toSend_;
  uint64_t unanswered_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  OnDone onDone_;
};

}  // namespace fuseloop::device
