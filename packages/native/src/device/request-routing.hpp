// What the reader must know of each opcode to put a request into the right queue. The table is made
// by TypeScript from its operation table and handed over when the session is made; a row is 4
// bytes: class, offset of fh, flag that must be set in the word at 40 for fh to count, offset of
// the node that an open handle may stand for.

#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

/** An object handle on the wire: bit 63, 7 bits of worker, 24 bits of its generation, 32 bits of
 * index. */
struct ObjectHandle {
  uint32_t worker;
  uint32_t generation;
};

/** By the upper half of fh. */
inline std::optional<ObjectHandle> objectOf(uint32_t high) {
  if ((high & 0x80000000u) == 0) return std::nullopt;
  return ObjectHandle{(high >> 24) & 0x7f, high & 0xffffff};
}

class RequestRouting {
 public:
  static constexpr size_t kRowLength = 4;
  static constexpr size_t kByteLength = kRowLength * kOpcodes;

  explicit RequestRouting(std::span<const uint8_t, kByteLength> rows) {
    std::memcpy(rows_.data(), rows.data(), rows_.size());
  }

  /** Class of the shared queue. Unknown opcodes are answered, with ENOSYS, like metadata. */
  uint32_t operationClass(uint32_t opcode) const { return opcode < kOpcodes ? row(opcode)[0] : 1; }

  /** The object handle that a whole request carries, if it carries one. */
  std::optional<ObjectHandle> objectHandle(std::span<const uint8_t> message,
                                           uint32_t opcode) const {
    if (opcode >= kOpcodes) return std::nullopt;
    uint32_t offset = row(opcode)[1];
    uint32_t flag = row(opcode)[2];
    if (offset == 0 || offset + 8 > message.size()) return std::nullopt;
    if (flag != 0 && (loadWire<uint32_t>(message.data(), sizeof(InHeader)) & flag) == 0)
      return std::nullopt;
    return objectOf(loadWire<uint32_t>(message.data(), offset + 4));
  }

  /** Where the node stands that an open handle may stand for, if no name leads to it; 0 for none.
   */
  uint32_t unnamedNode(uint32_t opcode) const { return opcode < kOpcodes ? row(opcode)[3] : 0; }

 private:
  const uint8_t* row(uint32_t opcode) const { return rows_.data() + opcode * kRowLength; }

  std::array<uint8_t, kByteLength> rows_;
};

}  // namespace fuseloop::device
