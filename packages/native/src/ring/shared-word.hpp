// Atomic access to words of the shared memory by byte offset. The partners are Atomics in
// request-ring.ts.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace fuseloop::ring {

inline std::atomic_ref<uint32_t> word32(uint8_t* memory, size_t offset) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(memory + offset));
}

inline std::atomic_ref<uint64_t> word64(uint8_t* memory, size_t offset) {
  return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(memory + offset));
}

}  // namespace fuseloop::ring
