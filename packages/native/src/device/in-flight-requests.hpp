// Which node each slot's request is about, from its arrival until its reply is out: notifications
// wait for these (STORE would meet the page that a READ's reply is to fill). The reader notes,
// whoever answers takes it off, the notifier looks.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "ring/ring-layout.hpp"

namespace fuseloop::device {

class InFlightRequests {
 public:
  /** One request; another in the same slot has another sequence. */
  struct One {
    uint32_t slot;
    uint32_t sequence;
  };
  using Opcodes = uint64_t;

  /** Reader only, before the slot is published. */
  void begin(uint32_t slot, uint64_t unique, uint64_t nodeid, uint32_t opcode) {
    uniques_[slot].store(unique, std::memory_order_relaxed);
    sequences_[slot].fetch_add(1, std::memory_order_relaxed);
    // Node ids are below 2^53: TypeScript counts them.
    subjects_[slot].store(nodeid << kOpcodeBits | (opcode & kOpcodeMask),
                          std::memory_order_release);
  }

  /** Its reply was written, or will never be. Any thread. */
  void end(uint32_t slot) {
    // Seq_cst on both sides: taken off before we look; the notifier says that it waits, then looks.
    subjects_[slot].store(0, std::memory_order_seq_cst);
    if (isWatched_.load(std::memory_order_seq_cst) && isWatched_.exchange(false)) onEnd_();
  }

  /** The same, by one who does not hold the slot: unless it is another's by now. */
  void end(uint32_t slot, uint64_t unique) {
    if (uniques_[slot].load(std::memory_order_relaxed) == unique) end(slot);
  }

  /** Calls `onEnd_` once, at the next end. */
  void watch() { isWatched_.store(true, std::memory_order_seq_cst); }
  /** Before any request. */
  void setOnEnd(std::function<void()> onEnd) { onEnd_ = std::move(onEnd); }

  /** Requests about a node, by a set of opcodes (bit n: opcode n). */
  std::vector<One> find(uint64_t nodeid, Opcodes opcodes) const {
    std::vector<One> found;
    for (uint32_t slot = 0; slot < ring::kMaxSlots; ++slot) {
      uint64_t subject = subjects_[slot].load(std::memory_order_acquire);
      if (subject == 0 || subject >> kOpcodeBits != nodeid) continue;
      if ((opcodes >> (subject & kOpcodeMask) & 1) == 0) continue;
      found.push_back({slot, sequences_[slot].load(std::memory_order_relaxed)});
    }
    return found;
  }

  bool hasEnded(const One& request) const {
    return subjects_[request.slot].load(std::memory_order_seq_cst) == 0 ||
           sequences_[request.slot].load(std::memory_order_relaxed) != request.sequence;
  }

 private:
  static constexpr uint32_t kOpcodeBits = 6;
  static constexpr uint64_t kOpcodeMask = (1u << kOpcodeBits) - 1;

  std::array<std::atomic<uint64_t>, ring::kMaxSlots> subjects_{};
  std::array<std::atomic<uint32_t>, ring::kMaxSlots> sequences_{};
  std::array<std::atomic<uint64_t>, ring::kMaxSlots> uniques_{};
  std::atomic<bool> isWatched_{false};
  std::function<void()> onEnd_;
};

}  // namespace fuseloop::device
