// An eventfd(2) that wakes a thread waiting in poll(2); used to stop readers and to hand work to
// helper threads. Signals add up and one drain takes them all, so the waiter looks at its state
// after draining, never before.
#pragma once

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

namespace fuseloop::base {

class EventFd {
 public:
  EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throwErrno("eventfd");
  }

  // Readable while a signal is pending.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // When nobody waits any more, and nobody is about to signal. Signals that come later are
  // nobody's.
  void close() noexcept { fd_.reset(); }

  // Any thread. EAGAIN means the counter is full, thus the waiter is woken already.
  void signal() const {
    if (!fd_) return;
    const std::uint64_t one = 1;
    while (::write(fd_.get(), &one, sizeof one) < 0) {
      if (errno == EAGAIN) return;
      if (errno != EINTR) throwErrno("write");
    }
  }

  // The waiter. One read resets the counter to zero; EAGAIN means nothing was pending.
  void drain() const {
    if (!fd_) return;
    std::uint64_t count = 0;
    while (::read(fd_.get(), &count, sizeof count) < 0) {
      if (errno == EAGAIN) return;
      if (errno != EINTR) throwErrno("read");
    }
  }

 private:
  UniqueFd fd_;
};

}  // namespace fuseloop::base
