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

  /** By whoever fills the slot, before it is published. */
  void begin(uint32_t slot, uint64_t unique, uint64_t nodeid, uint32_t opcode) {
    InFlight& request = requests_[slot];
    request.unique.store(unique, std::memory_order_relaxed);
    request.sequence.store(request.sequence.load(std::memory_order_relaxed) + 1,
                           std::memory_order_relaxed);
    // Node ids are below 2^53: TypeScript counts them.
    request.subject.store(nodeid << kOpcodeBits | (opcode & kOpcodeMask),
                          std::memory_order_release);
  }

  /** Its reply was written, or will never be. Any thread. */
  void end(uint32_t slot) {
    // Seq_cst on both sides: taken off before we look; the notifier says that it waits, then looks.
    requests_[slot].subject.store(0, std::memory_order_seq_cst);
    if (isWatched_.load(std::memory_order_seq_cst) && isWatched_.exchange(false)) onEnd_();
  }

  /** The same, by one who does not hold the slot: unless it is another's by now. */
  void end(uint32_t slot, uint64_t unique) {
    if (requests_[slot].unique.load(std::memory_order_relaxed) == unique) end(slot);
  }

  /** Calls `onEnd_` once, at the next end. */
  void watch() { isWatched_.store(true, std::memory_order_seq_cst); }
  /** Before any request. */
  void setOnEnd(std::function<void()> onEnd) { onEnd_ = std::move(onEnd); }

  /** Requests about a node, by a set of opcodes (bit n: opcode n). */
  std::vector<One> find(uint64_t nodeid, Opcodes opcodes) const {
    std::vector<One> found;
    for (uint32_t slot = 0; slot < ring::kMaxSlots; ++slot) {
      uint64_t subject = requests_[slot].subject.load(std::memory_order_acquire);
      if (subject == 0 || subject >> kOpcodeBits != nodeid) continue;
      if ((opcodes >> (subject & kOpcodeMask) & 1) == 0) continue;
      found.push_back({slot, requests_[slot].sequence.load(std::memory_order_relaxed)});
    }
    return found;
  }

  bool hasEnded(const One& request) const {
    return requests_[request.slot].subject.load(std::memory_order_seq_cst) == 0 ||
           requests_[request.slot].sequence.load(std::memory_order_relaxed) != request.sequence;
  }

 private:
  static constexpr uint32_t kOpcodeBits = 6;
  static constexpr uint64_t kOpcodeMask = (1u << kOpcodeBits) - 1;

  /** In a cache line of its own: neighbours may be other workers'. */
  struct alignas(64) InFlight {
    /** Its node and opcode; 0: none is in the slot. */
    std::atomic<uint64_t> subject{0};
    std::atomic<uint64_t> unique{0};
    std::atomic<uint32_t> sequence{0};
  };

  std::array<InFlight, ring::kMaxSlots> requests_{};
  std::atomic<bool> isWatched_{false};
  std::function<void()> onEnd_;
};

}  // namespace fuseloop::device
