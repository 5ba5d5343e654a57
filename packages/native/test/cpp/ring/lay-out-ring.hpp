// A ring in a test's own memory, laid out as TypeScript does it.

#pragma once

#include <cstring>
#include <span>

#include "ring/ring-layout.hpp"

namespace fuseloop::test {

/** As RequestRing.create(); the memory is zeros. */
inline void layOutRing(std::span<uint8_t> memory, uint32_t workers, uint32_t slots,
                       size_t payload) {
  auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory.data() + offset, &value, 4); };
  set(ring::control::kMagic, ring::kMagic);
  set(ring::control::kVersion, ring::kVersion);
  set(ring::control::kSlotCount, slots);
  set(ring::control::kWorkerCount, workers);
  set(ring::control::kPayloadSize, static_cast<uint32_t>(payload));
  for (uint32_t slot = 0; slot < slots; ++slot)
    memory[ring::control::kFreeBitmap + slot / 8] |= static_cast<uint8_t>(1u << (slot % 8));
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

}  // namespace fuseloop::test
