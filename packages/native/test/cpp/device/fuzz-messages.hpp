// Requests that no kernel sends, from a seeded generator: short, with lying lengths and counts,
// with handles of workers that are not, of all opcodes.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "device/fuse-wire.hpp"

namespace fuseloop::test {

class FuzzMessages {
 public:
  /** @param room the longest message that one read can bring */
  FuzzMessages(uint64_t seed, size_t room) : random_(seed), room_(room) {}

  std::vector<uint8_t> next() {
    unique_ += 2;
    std::vector<uint8_t> message = valid();
    for (uint64_t edits = below(4); edits > 0; --edits) edit(message);
    message.resize(std::min(message.size(), room_));
    // Most have a unique that nobody else has, so that their answers can be told apart.
    if (message.size() >= sizeof(device::InHeader) && below(10) != 0) put(message, 8, unique_);
    return message;
  }

  uint64_t below(uint64_t limit) { return random_() % limit; }

 private:
  static constexpr size_t kHeader = sizeof(device::InHeader);

  void put(std::vector<uint8_t>& message, size_t offset, uint64_t value, size_t size = 8) {
    if (offset + size <= message.size()) std::memcpy(message.data() + offset, &value, size);
  }

  uint64_t extreme() {
    const uint64_t values[] = {0,           1,           2,          3,          0xffff,
                               0x7fffffff,  0x80000000,  0xffffffff, 0xfffffff0, 1ull << 53,
                               1ull << 63,  ~0ull,       ~0ull >> 1, unique_,    unique_ - 2,
                               unique_ - 8, unique_ - 20};
    return values[below(std::size(values))];
  }

  /** Bit 63, 7 bits of worker, 24 bits of generation; the workers that there are have 0 to 2. */
  uint64_t handle() {
    if (below(2) == 0) return below(10);
    const uint64_t worker = below(4) == 0 ? below(128) : below(3);
    return (1ull << 63) | (worker << 56) | (below(4) << 32) | below(5);
  }

  std::vector<uint8_t> valid() {
    static constexpr uint32_t kSpecial[] = {device::kOpForget,
                                            device::kOpBatchForget,
                                            device::kOpInterrupt,
                                            device::kOpInterrupt,
                                            device::kOpDestroy,
                                            device::kOpRelease,
                                            63,
                                            64,
                                            0xffffffff};
    const auto opcode =
        static_cast<uint32_t>(below(3) == 0 ? kSpecial[below(std::size(kSpecial))] : below(53));
    const size_t length = kHeader + (below(20) == 0 ? below(room_) : below(200));
    std::vector<uint8_t> message(std::min(length, room_));
    for (uint8_t& byte : message) byte = static_cast<uint8_t>(random_());
    put(message, 0, message.size(), 4);
    put(message, 4, opcode, 4);
    put(message, 8, unique_);
    put(message, 16, below(100));
    const bool isBatch = opcode == device::kOpBatchForget;
    if (isBatch) put(message, kHeader, below(2) == 0 ? below(12) : extreme(), 4);
    if (opcode == device::kOpForget) put(message, kHeader, below(3));
    if (opcode == device::kOpInterrupt) put(message, kHeader, unique_ - 2 * below(12));
    for (size_t one = kHeader + 8; isBatch && one + 16 <= message.size(); one += 16) {
      put(message, one, below(100));
      put(message, one + 8, below(3));
    }
    if (!isBatch && opcode != device::kOpInterrupt && opcode != device::kOpForget) {
      put(message, kHeader, handle());
      put(message, kHeader + 8, handle());
    }
    return message;
  }

  void edit(std::vector<uint8_t>& message) {
    const size_t size = message.size();
    switch (below(8)) {
      case 0:
        message.resize(below(size + 1));
        break;
      case 1:
        message.resize(std::min(size, kHeader + below(24)));
        break;
      case 2:
        message.resize(std::min(room_, size + (below(8) == 0 ? room_ : below(64))));
        break;
      case 3:
        if (size > 0) message[below(size)] ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 4:
        put(message, below(size + 1) / 4 * 4, extreme(), 4);
        break;
      case 5:
        put(message, below(size + 1) / 8 * 8, extreme());
        break;
      case 6:
        put(message, kHeader, extreme(), 4);
        break;
      default:
        break;
    }
  }

  std::mt19937_64 random_;
  size_t room_;
  uint64_t unique_ = 1000;
};

}  // namespace fuseloop::test
