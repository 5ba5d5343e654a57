// Requests that the session makes itself, as the kernel would: dispatch and handlers see no
// difference, and their answers come here instead of going to the device.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/event-fd.hpp"

namespace fuseloop::device {

class OwnRequests {
 public:
  struct Answer {
    uint64_t unique;
    /** 0 or a negative errno. */
    int32_t error;
  };

  /** @param bell rung at each answer */
  explicit OwnRequests(const base::EventFd& bell) : bell_(bell) {}

  /**
   * Whether an answer comes here. The kernel counts uniques of requests from 2 in steps of 2, sets
   * bit 0 in those of INTERRUPTs and bit 63 in those that it sends again (fs/fuse/dev.c); those of
   * the notifier are even. One that was never given out is the device's, whoever made it up.
   */
  bool isOwn(uint64_t unique) const {
    return unique > kBefore && unique <= last_.load(std::memory_order_relaxed) && (unique & 1) != 0;
  }

  /** The reader's thread; whoever answers has the request from a slot that was filled after. */
  uint64_t nextUnique() { return last_.fetch_add(2, std::memory_order_relaxed) + 2; }

  /** Any thread. */
  void settle(uint64_t unique, int32_t error) {
    std::lock_guard lock(mutex_);
    answers_.push_back({unique, error});
    bell_.signal();
  }

  /** What was answered since the last call. */
  std::vector<Answer> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(answers_, {});
  }

 private:
  static constexpr uint64_t kBefore = (uint64_t{1} << 62) + 1;

  const base::EventFd& bell_;
  std::atomic<uint64_t> last_{kBefore};
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

}  // namespace fuseloop::device
