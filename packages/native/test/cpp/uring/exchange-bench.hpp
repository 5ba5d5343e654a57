// An exchange of entries without a kernel, for tests.

#pragma once

#include <cstdint>
#include <vector>

#include "ring/lay-out-ring.hpp"
#include "uring/entry-exchange.hpp"

namespace fuseloop::test {

constexpr uint32_t kSlots = ring::kMaxSlots;

/** A ring, and what the exchange hands to the keeper. */
struct Bench {
  Bench() : memory(laidOut()), ring(memory) { ring.setState(ring::SessionState::kServing); }

  static std::vector<uint8_t> laidOut() {
    std::vector<uint8_t> memory(ring::slotsOffset(1) + kSlots * ring::kPageSize);
    layOutRing(memory, 1, kSlots, 0);
    return memory;
  }

  /** As if one of this queue had been given to the kernel and had brought a request. */
  uint32_t addTaken(uint16_t queue) {
    const auto index = static_cast<uint32_t>(exchange.entries().add(queue, device::kNoWorker));
    exchange.loads().arm(queue, false);
    exchange.takeBack(index);
    exchange.loads().brought(queue);
    return index;
  }

  std::vector<uint8_t> memory;
  ring::RequestRing ring;
  uring::EntryExchange exchange{ring};
};

}  // namespace fuseloop::test
