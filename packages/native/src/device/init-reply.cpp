#include "device/init-reply.hpp"

#include <algorithm>
#include <array>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace {

constexpr uint32_t kMajor = 7;
constexpr uint32_t kPosixAcl = 1u << 20;
constexpr uint32_t kAbortError = 1u << 21;
constexpr uint32_t kInitExt = 1u << 30;
/** Of the upper half. */
constexpr uint32_t kAllowIdmap = 1u << 8;
constexpr uint32_t kLeastWrite = 4096;

}  // namespace

std::optional<InitAnswer> readInitReply(std::span<const uint8_t> body) {
  // Short answers of old daemons are taken; what they lack is zero.
  std::array<uint8_t, kInitOutLength> bytes{};
  std::copy_n(body.begin(), std::min(body.size(), bytes.size()), bytes.begin());
  auto word = [&](size_t offset) { return loadWire<uint32_t>(bytes.data(), offset); };
  if (word(0) != kMajor) return std::nullopt;
  // Idmapped mounts need default_permissions, an option of mounts that there is none of here.
  bool allowsIdmap = (word(12) & kInitExt) != 0 && (word(32) & kAllowIdmap) != 0;
  if (allowsIdmap && (word(12) & kPosixAcl) == 0) return std::nullopt;
  auto maxBackground = loadWire<uint16_t>(bytes.data(), 16);
  return InitAnswer{
      .minor = word(4),
      .maxBackground = maxBackground == 0 ? kDefaultBackground : maxBackground,
      .maxWrite = std::max(kLeastWrite, word(20)),
      .abortError = (word(12) & kAbortError) != 0,
  };
}

}  // namespace fuseloop::device
