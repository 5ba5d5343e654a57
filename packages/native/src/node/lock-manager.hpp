// Locks that the framework keeps for all workers of a session: byte ranges and flock, and those who
// wait for them. The twin of MemoryLockManager; the contract is written in lock-manager.ts of core.
// Rule: a request that waits is answered by whoever takes it out of the queue, and nobody else.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "node/held-locks.hpp"

namespace fuseloop::node {

enum class LockKind : uint32_t { kPosix = 0, kFlock = 1 };

struct LockRequest {
  uint64_t nodeid;
  LockKind kind;
  Lock lock;
};

struct LockWaiter {
  uint64_t unique;
  /** When the request came, nanoseconds of the monotonic clock. */
  uint64_t since;
};

constexpr int kLockParked = 1;
constexpr size_t kMostLocks = 100'000;
/** FUSE_UNIQUE_RESEND. */
constexpr uint64_t kUniqueResent = uint64_t{1} << 63;

class LockManager {
 public:
  /** Answers a parked request, with no lock held; false when the kernel does not take the answer.
   */
  using Grant = std::function<bool(uint64_t unique)>;

  explicit LockManager(Grant grant, size_t most = kMostLocks);

  std::optional<Lock> test(const LockRequest& request) const;
  /** 0, or -EAGAIN, -EINVAL, -ENOLCK. */
  int set(const LockRequest& request);
  /**
   * As `set`, but parks in place of -EAGAIN: kLockParked. -EDEADLK when a POSIX owner would wait
   * for itself.
   * @param claim called under the mutex just before parking: takes over the right to answer, or
   * says that somebody else has it (false: -ENOENT). It may call nothing of the manager.
   */
  int wait(const LockRequest& request, const LockWaiter& waiter,
           const std::function<bool()>& claim);
  /** Takes a request out of the queue: from then on the caller answers it. */
  bool cancel(uint64_t unique);
  void takeBack(const LockRequest& request);
  void release(uint64_t nodeid, LockKind kind, uint64_t owner);
  void forget(uint64_t nodeid);
  /** Takes out those who have waited since before a time, for the caller to answer: their deadline
   * has passed. */
  std::vector<uint64_t> takeWaitingSince(uint64_t time);
  /** Since when the one has waited who waits longest. */
  std::optional<uint64_t> waitingSince() const;
  /** The session has ended: nobody is answered any more. */
  void clear();
  size_t held() const { return held_.load(std::memory_order_relaxed); }
  size_t waiting() const;

 private:
  using Place = std::pair<uint64_t, LockKind>;
  struct Parked {
    LockRequest request;
    LockWaiter waiter;
  };
  using Granted = std::vector<Parked>;

  // All of these expect mutex_ to be held, and leave to the caller to answer whom they add to
  // `granted`.
  int setLocked(const LockRequest& request, Granted& granted);
  void put(const LockRequest& request);
  bool drop(const Place& place, uint64_t owner);
  void grantWaiters(const Place& place, Granted& granted);
  bool wouldDeadlock(const LockRequest& wanted) const;
  const HeldLocks* table(const Place& place) const;

  /** Answers those granted; where that fails, their locks are free for the next. */
  void answer(Granted granted);

  Grant grant_;
  size_t most_;
  /** Guards everything below; a leaf lock. */
  mutable std::mutex mutex_;
  std::map<Place, HeldLocks> tables_;
  /** Written under the mutex. */
  std::atomic<size_t> held_{0};
  /** In the order in which they came. */
  std::vector<Parked> parked_;
};

}  // namespace fuseloop::node
