// INTERRUPTs whose request is not known: with several readers one may overtake its request
// (Documentation/filesystems/fuse.rst), with one it has been answered. Kept until the request comes
// or so many others have come that it will not: then the kernel is asked to say it again. Any
// thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace fuseloop::device {

class EarlyInterrupts {
 public:
  /** @param own the INTERRUPT's own unique. Returns one that has to make room, or 0. */
  uint64_t keep(uint64_t unique, uint64_t own) {
    std::lock_guard lock(mutex_);
    uint64_t dropped = 0;
    if (kept_.size() >= kMost) {
      dropped = kept_.front().own;
      kept_.pop_front();
    }
    kept_.push_back({unique, own, 0});
    // Seq_cst, then the caller looks for the request; who brings it publishes it, then looks here.
    count_.store(kept_.size(), std::memory_order_seq_cst);
    return dropped;
  }

  /** A request has come: was it interrupted? Once for each interrupt. */
  bool take(uint64_t unique) {
    if (count_.load(std::memory_order_seq_cst) == 0) return false;
    std::lock_guard lock(mutex_);
    auto found =
        std::ranges::find_if(kept_, [unique](const Kept& kept) { return kept.unique == unique; });
    if (found != kept_.end()) {
      kept_.erase(found);
      count_.store(kept_.size(), std::memory_order_relaxed);
      return true;
    }
    for (Kept& kept : kept_) ++kept.others;
    return false;
  }

  /** The own unique of one whose request has not come, or 0. */
  uint64_t giveUp() {
    if (count_.load(std::memory_order_relaxed) == 0) return 0;
    std::lock_guard lock(mutex_);
    if (kept_.empty() || kept_.front().others < kPatience) return 0;
    const uint64_t own = kept_.front().own;
    kept_.pop_front();
    count_.store(kept_.size(), std::memory_order_relaxed);
    return own;
  }

 private:
  static constexpr size_t kMost = 64;
  /** Requests that may come before an interrupt's own. */
  static constexpr uint32_t kPatience = 32;

  struct Kept {
    uint64_t unique;
    uint64_t own;
    uint32_t others;
  };

  std::mutex mutex_;
  std::deque<Kept> kept_;
  std::atomic<size_t> count_{0};
};

}  // namespace fuseloop::device
