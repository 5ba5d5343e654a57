// What workers tell the keeper: entries that it is to commit, and that they have put something on
// rings. Rule: whoever leaves something on a ring says so before (noteWork), as the keeper sleeps
// without a timeout while no ring has anything.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/event-fd.hpp"
#include "uring/worker-ring.hpp"

namespace fuseloop::uring {

class KeeperPost {
 public:
  /** Any thread: the keeper is to commit this entry, whose answer is written. */
  void commit(uint32_t index) {
    {
      std::lock_guard lock(mutex_);
      toCommit_.push_back(index);
    }
    bell_.signal();
  }

  /** By a ring's owner, who is about to leave something on this ring or on another's. Cheap but for
   * the first time since its event loop waited. */
  void noteWork(WorkerRing& own) {
    if (own.isBusy.load(std::memory_order_relaxed)) return;
    // Seq_cst: this, then a look at who sleeps; the keeper says that it sleeps, then looks at this.
    own.isBusy.store(true, std::memory_order_seq_cst);
    wake();
  }

  /** Any thread, after what the keeper is to look at (seq_cst). Cheap while it does not sleep. */
  void wake() {
    if (isAsleep_.load(std::memory_order_seq_cst) &&
        isAsleep_.exchange(false, std::memory_order_acq_rel))
      bell_.signal();
  }

  /** For the keeper. */
  const base::EventFd& bell() const { return bell_; }
  std::vector<uint32_t> takeCommits() {
    std::lock_guard lock(mutex_);
    return std::exchange(toCommit_, {});
  }
  /** Before the keeper looks for the last time, and after it has waited. */
  void setAsleep(bool isAsleep) { isAsleep_.store(isAsleep, std::memory_order_seq_cst); }

 private:
  base::EventFd bell_;
  std::mutex mutex_;
  std::vector<uint32_t> toCommit_;
  std::atomic<bool> isAsleep_{false};
};

}  // namespace fuseloop::uring
