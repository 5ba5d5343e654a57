// What stress tests need of a session that TypeScript otherwise does: the ring's memory, and the
// answer to INIT.

#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "device/init-reply.hpp"
#include "device/session.hpp"

namespace fuseloop::test {

/** As RequestRing.create(); the memory is zeros, the slots at most 32. */
inline void layOutRing(std::span<uint8_t> memory, uint32_t workers, uint32_t slots,
                       size_t payload) {
  auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory.data() + offset, &value, 4); };
  set(ring::control::kMagic, ring::kMagic);
  set(ring::control::kVersion, ring::kVersion);
  set(ring::control::kSlotCount, slots);
  set(ring::control::kWorkerCount, workers);
  set(ring::control::kPayloadSize, static_cast<uint32_t>(payload));
  set(ring::control::kFreeBitmap, (1u << slots) - 1);
  auto cells = [&](size_t start) {
    for (uint32_t cell = 0; cell < ring::queue::kCapacity; ++cell) {
      set(start + cell * ring::queue::kCellByteLength, cell);
    }
  };
  for (uint32_t index = 0; index < ring::kClassCount; ++index) {
    cells(ring::queueCellsOffset(workers, index));
  }
  for (uint32_t worker = 0; worker < workers; ++worker) {
    cells(ring::workerPageOffset(worker) + ring::worker::kCells);
  }
}

/** Answers INIT as TypeScript does. */
inline void initialize(device::Session& session) {
  const std::vector<uint8_t> init = session.readFirst(1000);
  std::vector<uint8_t> reply(sizeof(device::OutHeader) + device::kInitOutLength);
  const device::OutHeader header{static_cast<uint32_t>(reply.size()), 0,
                                 device::loadWire<uint64_t>(init.data(), 8)};
  const std::array<uint32_t, 2> version{7, 31};
  std::memcpy(reply.data(), &header, sizeof header);
  std::memcpy(reply.data() + sizeof header, version.data(), sizeof version);
  session.writeReply(reply);
}

}  // namespace fuseloop::test
