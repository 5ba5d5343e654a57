// Requests that the session makes itself, as the kernel would: dispatch and handlers see no
// difference, and their answers come here instead of going to the device.

#pragma once

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
   * the notifier are even.
   */
  static bool isOwn(uint64_t unique) { return unique >> 62 == 1 && (unique & 1) != 0; }

  uint64_t nextUnique() { return last_ += 2; }

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
  const base::EventFd& bell_;
  uint64_t last_ = (uint64_t{1} << 62) + 1;
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

}  // namespace fuseloop::device
