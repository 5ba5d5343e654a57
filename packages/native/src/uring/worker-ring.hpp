// One worker's ring, and what others must know of it: whether its owner is stuck, and which entries
// they give back.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/unique-fd.hpp"
#include "uring/io-uring.hpp"

namespace fuseloop::uring {

class WorkerRing {
 public:
  /** @param device /dev/fuse. @throws base::SystemError */
  explicit WorkerRing(int device);

  IoUring& io() { return io_; }
  /**
   * Hangs up (POLLHUP) once the kernel is done with the ring, after the object's end: it ends rings
   * in the background, and until then may still bring requests.
   */
  base::UniqueFd takeEnd() { return std::move(end_); }

  /** Held by whoever uses the ring besides its owner, and by the owner while it ends it. */
  std::mutex& mutex() { return mutex_; }

  /** The owner may have put something on a ring since its event loop waited (KeeperPost). */
  std::atomic<bool> isBusy{false};
  /** The owner has not come by for a while, and there is something for it; see RingKeeper. */
  std::atomic<bool> isStuck{false};

  /** Until when its owner may begin to wait at the ring, CLOCK_MONOTONIC nanoseconds; for the
   * owner.
   */
  uint64_t lingersUntil = 0;
  /** When the last request came, CLOCK_MONOTONIC nanoseconds; for the owner. */
  uint64_t arrivedAt = 0;
  /** A request has come since the event loop had its turn; for the owner. */
  bool hasTaken = false;
  /** Its owner waits at the ring. */
  std::atomic<bool> isLingering{false};
  /** The ring watches its owner's bell. */
  std::atomic<bool> watchesBell{false};

  /** Something is there for the owner: requests, answers that are not sent, entries to commit. */
  bool hasWork() const { return io_.hasCompletions() || io_.unsubmitted() > 0 || hasReturns(); }

  /** By the owner: what was published last registers an entry. */
  void noteRegistration() { registeredTo_.store(io_.published(), std::memory_order_release); }
  /** The kernel has seen to all that were noted. */
  bool hasSubmittedRegistrations() const {
    return io_.isSubmitted(registeredTo_.load(std::memory_order_acquire));
  }

  /** An entry that is to be committed by the owner. */
  void giveBack(uint32_t index);
  /** What was given back since the last call. */
  std::vector<uint32_t> takeReturns();
  bool hasReturns() const { return hasReturns_.load(std::memory_order_acquire); }

 private:
  WorkerRing(int device, std::pair<base::UniqueFd, base::UniqueFd> pipe);

  base::UniqueFd end_;
  IoUring io_;
  /** As IoUring::published(). */
  std::atomic<uint32_t> registeredTo_{0};
  std::mutex mutex_;
  std::mutex returnsMutex_;
  std::vector<uint32_t> returns_;
  std::atomic<bool> hasReturns_{false};
};

}  // namespace fuseloop::uring
