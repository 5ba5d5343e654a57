// A timer that is set once for many waits: one that each of them sets anew costs more than a
// futex(2) that nobody waits for, as the kernel programs the clock each time (a virtual machine
// leaves for its host then).
#pragma once

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

namespace fuseloop::base {

class Tick {
 public:
  Tick() : fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!fd_) throwErrno("timerfd_create");
  }

  // Readable from the time on at which it is due.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] bool isSet() const noexcept { return isSet_; }

  void set(long nanoseconds) noexcept {
    const itimerspec once{{0, 0}, {0, nanoseconds}};
    isSet_ = ::timerfd_settime(fd_.get(), 0, &once, nullptr) == 0;
  }

  // Whether it was due; it is not set any more then.
  bool take() noexcept {
    std::uint64_t times = 0;
    if (::read(fd_.get(), &times, sizeof times) != sizeof times) return false;
    isSet_ = false;
    return true;
  }

 private:
  UniqueFd fd_;
  bool isSet_ = false;
};

}  // namespace fuseloop::base
