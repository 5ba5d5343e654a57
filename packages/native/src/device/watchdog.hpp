// The watchdog thread: answers requests whose deadline passes, on behalf of handlers that are late.
// Rule: it takes the right to answer and nothing else; the slot stays its handler's until that
// settles (quarantine), for a late handler still writes into it. No lock on a request's way.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stop_token>

#include "base/event-fd.hpp"
#include "device/reply-writer.hpp"
#include "device/worker-bells.hpp"
#include "node/lock-manager.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

/** A request that was answered at its deadline. */
struct PassedDeadline {
  uint32_t opcode;
  uint64_t unique;
  uint32_t timeoutMs;
  /** Whose handler is at work; none while no handler has begun. */
  std::optional<uint32_t> worker;
};

class Watchdog {
 public:
  /** `onPassed` is called on the thread that checks, or that of `passHeld`; `onStuck`, with worker
   * and generation, on the one that checks. */
  Watchdog(ring::RequestRing& ring, ReplyWriter& replies, WorkerBells& bells,
           node::LockManager& locks, std::function<void(const PassedDeadline&)> onPassed,
           std::function<void(uint32_t, uint32_t)> onStuck);

  /** Runs until stopped; wake() follows the request to stop. */
  void run(const std::stop_token& stop);
  void wake() const { bell_.signal(); }
  /** When run() has returned. */
  void close() { bell_.close(); }

  /** For the reader: a request with a deadline is in its slot. Cheap unless it is the nearest. */
  void watch(uint64_t dueAt);

  /** Answers what is due by `now` and returns the nearest deadline of the others, kNever if none.
   */
  uint64_t check(uint64_t now);

  /** For the reader: answers a request that stands in no slot. */
  void passHeld(uint64_t unique, uint32_t opcode);

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

 private:
  /** A worker whose handler has passed a deadline, until it shows a sign of life. */
  struct Suspect {
    uint32_t generation;
    uint64_t progress;
    /** From then on it is stuck. */
    uint64_t until;
  };

  uint64_t progress(uint32_t worker) const;
  void suspect(uint32_t worker, uint64_t now);
  void excuse(uint64_t now);
  uint64_t checkSuspects(uint64_t now, uint64_t nearest);
  uint64_t checkSlot(uint32_t slot, uint64_t now);
  uint64_t checkLocks(uint64_t now, uint64_t nearest);
  void pass(uint32_t slot, uint64_t unique, uint32_t opcode, uint32_t timeoutMs, uint64_t now);

  ring::RequestRing& ring_;
  ReplyWriter& replies_;
  WorkerBells& bells_;
  node::LockManager& locks_;
  std::function<void(const PassedDeadline&)> onPassed_;
  std::function<void(uint32_t, uint32_t)> onStuck_;
  std::array<std::optional<Suspect>, ring::kMaxWorkers> suspects_;
  uint64_t nextLookAt_ = kNever;
  base::EventFd bell_;
  /** When the thread wakes by itself; kNever from before it looks at the slots. */
  std::atomic<uint64_t> wakesAt_{kNever};
};

}  // namespace fuseloop::device
