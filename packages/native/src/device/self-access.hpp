// Tells requests that this very process has made. With the single loop nobody else can answer them,
// and a blocked main thread could not even refuse them; so the reader does.

#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <mutex>
#include <set>

namespace fuseloop::device {

class SelfAccess {
 public:
  explicit SelfAccess(bool refused) : refused_(refused) {}

  /** Whether a request of thread `tid` must be refused with EDEADLK. */
  bool refuses(uint32_t tid) {
    if (!refused_ || tid == 0) return false;
    // Signal 0 only asks: is `tid` a thread of this process? (tgkill(2))
    if (::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(tid), 0) != 0) return false;
    std::lock_guard lock(mutex_);
    return !allowed_.contains(static_cast<pid_t>(tid));
  }

  /** Lets the calling thread use the mount while it lives: helper threads that mount, unmount and
   * probe. */
  class Permit {
   public:
    explicit Permit(SelfAccess& owner)
        : owner_(owner), tid_(static_cast<pid_t>(::syscall(SYS_gettid))) {
      std::lock_guard lock(owner_.mutex_);
      owner_.allowed_.insert(tid_);
    }
    ~Permit() {
      std::lock_guard lock(owner_.mutex_);
      owner_.allowed_.erase(tid_);
    }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

   private:
    SelfAccess& owner_;
    pid_t tid_;
  };

 private:
  const bool refused_;
  std::mutex mutex_;
  std::set<pid_t> allowed_;
};

}  // namespace fuseloop::device
