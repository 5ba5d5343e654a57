// How many entries each of the kernel's queues has, and where they are. Every thread counts; a sum
// is right when nobody is at it.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace fuseloop::uring {

class QueueLoads {
 public:
  explicit QueueLoads(uint32_t queues) : loads_(queues) {}

  uint16_t queues() const { return static_cast<uint16_t>(loads_.size()); }

  /** An entry is given to the kernel; with the answer of what it brought, or to be registered. */
  void arm(uint16_t queue, bool isAnswered) {
    add(loads_[queue].idle, 1);
    if (isAnswered) {
      add(loads_[queue].answered, 1);
    } else {
      add(loads_[queue].fresh, 1);
    }
  }
  /** The submission that registers it can be seen by whoever looks at its ring. */
  void registered(uint16_t queue) {
    // Release: whoever counts it sees the submission.
    loads_[queue].registered.fetch_add(1, std::memory_order_release);
  }
  /** The kernel has it no more. @param isFresh it was registered, and this is its first return
   * @returns whether requests may wait for others, so that the keeper is to look (QueueRelief) */
  bool returned(uint16_t queue, bool isFresh) {
    Load& load = loads_[queue];
    if (isFresh) add(load.fresh, -1);
    // Seq_cst: this, then a look at whether the keeper sleeps; it says so, then looks at this.
    return load.idle.fetch_sub(1, std::memory_order_seq_cst) - 1 <= get(load.fresh);
  }
  /** It has brought a request. */
  void brought(uint16_t queue) { add(loads_[queue].brought, 1); }
  /** Its request waits for a lock, or does so no more. */
  void park(uint16_t queue) { add(loads_[queue].parked, 1); }
  void unpark(uint16_t queue) { add(loads_[queue].parked, -1); }

  /** Entries that have brought requests which are not answered. */
  int32_t taken(uint16_t queue) const { return taken(loads_[queue]); }
  /** Fewer wait in the kernel than have brought requests which are not answered. */
  bool isShort(uint16_t queue) const { return get(loads_[queue].idle) < taken(queue); }
  /** The kernel has none. */
  bool isDry(uint16_t queue) const { return get(loads_[queue].idle) <= 0; }
  /** A queue has no entry. */
  bool isAnyEmpty() const {
    return std::ranges::any_of(loads_,
                               [](const Load& load) { return get(load.idle) + taken(load) <= 0; });
  }
  /** A request has come by any. */
  bool hasBrought() const {
    return std::ranges::any_of(loads_, [](const Load& load) { return get(load.brought) != 0; });
  }
  /** Entries that are in the kernel, or soon there again: those that no lock keeps. */
  int32_t moving(uint16_t queue) const {
    const Load& load = loads_[queue];
    return get(load.idle) + taken(load) - get(load.parked);
  }

  /** Requests that were answered, modulo 2^32. */
  uint32_t answered(uint16_t queue) const {
    return static_cast<uint32_t>(get(loads_[queue].answered));
  }
  uint32_t registrations(uint16_t queue) const {
    return loads_[queue].registered.load(std::memory_order_acquire);
  }
  /**
   * Entries that were registered and have brought nothing yet, if the kernel has no others: one
   * that was committed and is idle shows that no request waits, for it would have taken it. 0 also
   * where none has ever come back: nothing was there to wait.
   */
  uint32_t untried(uint16_t queue) const {
    const Load& load = loads_[queue];
    const int32_t fresh = get(load.fresh);
    if (fresh <= 0 || get(load.idle) > fresh) return 0;
    const auto count = static_cast<uint32_t>(fresh);
    return count < registrations(queue) ? count : 0;
  }

 private:
  /** In a cache line of its own, as each CPU's worker counts with every request. */
  struct alignas(64) Load {
    std::atomic<int32_t> idle{0};
    std::atomic<int32_t> brought{0};
    std::atomic<int32_t> answered{0};
    /** Some of those that are taken. */
    std::atomic<int32_t> parked{0};
    /** Some of those that are idle. */
    std::atomic<int32_t> fresh{0};
    std::atomic<uint32_t> registered{0};
  };

  static int32_t taken(const Load& load) {
    // Both go round, modulo 2^32.
    return static_cast<int32_t>(static_cast<uint32_t>(get(load.brought)) -
                                static_cast<uint32_t>(get(load.answered)));
  }
  static void add(std::atomic<int32_t>& count, int32_t change) {
    count.fetch_add(change, std::memory_order_relaxed);
  }
  static int32_t get(const std::atomic<int32_t>& count) {
    return count.load(std::memory_order_relaxed);
  }

  std::vector<Load> loads_;
};

}  // namespace fuseloop::uring
