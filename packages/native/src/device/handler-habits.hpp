// What is known of a filesystem's handlers, by opcode, from how they have behaved: the price of
// guessing wrong is a copy of a request, or an answer that comes a moment later.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "ring/request-ring.hpp"

namespace fuseloop::device {

class HandlerHabits {
 public:
  /** @param slowNs from a request's arrival to its answer: a handler that takes so long is not
   * prompt */
  HandlerHabits(const ring::RequestRing& ring, uint64_t slowNs) : ring_(ring), slowNs_(slowNs) {
    for (auto& distrust : distrust_) distrust.store(kProbation, std::memory_order_relaxed);
  }

  /** A request with so many bytes was answered so many nanoseconds after it had arrived. */
  void note(uint32_t opcode, uint64_t nanoseconds, uint32_t bytes) {
    if (opcode >= ring::kRuleCount) return;
    auto& distrust = distrust_[opcode];
    const uint8_t before = distrust.load(std::memory_order_relaxed);
    if (nanoseconds >= slowNs_ + bytes / kBytesPerNs) {
      distrust.store(kProbation, std::memory_order_relaxed);
    } else if (before > 0) {
      distrust.store(static_cast<uint8_t>(before - 1), std::memory_order_relaxed);
    }
  }

  /** Whether handlers of it return at once, no promise, and soon: many have, and the last ones too.
   */
  bool isPrompt(uint32_t opcode) const {
    return opcode < ring::kRuleCount && distrust_[opcode].load(std::memory_order_relaxed) == 0 &&
           !ring_.isAsync(opcode);
  }

 private:
  /** To move a MiB takes long, with no waiting at all: half a millisecond more for it. */
  static constexpr uint32_t kBytesPerNs = 2;
  /** Prompt answers in a row until a handler is trusted. */
  static constexpr uint8_t kProbation = 16;

  const ring::RequestRing& ring_;
  const uint64_t slowNs_;
  std::array<std::atomic<uint8_t>, ring::kRuleCount> distrust_{};
};

}  // namespace fuseloop::device
