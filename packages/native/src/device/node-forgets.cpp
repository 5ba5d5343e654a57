#include "device/node-forgets.hpp"

#include <algorithm>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

void NodeForgets::take(std::span<const uint8_t> message) {
  const auto header = loadWire<InHeader>(message.data(), 0);
  constexpr size_t kBody = sizeof(InHeader);
  if (message.size() < kBody + 8) return;
  uint64_t count = 1;
  if (header.opcode == kOpForget) {
    forget(header.nodeid, loadWire<uint64_t>(message.data(), kBody));
  } else {
    count = loadWire<uint32_t>(message.data(), kBody);
    count = std::min<uint64_t>(count, (message.size() - kBody - 8) / sizeof(ForgetOne));
    for (uint64_t index = 0; index < count; ++index) {
      const auto one = loadWire<ForgetOne>(message.data(), kBody + 8 + index * sizeof(ForgetOne));
      forget(one.nodeid, one.count);
    }
  }
  ring_.counter(ring::control::kForgets).fetch_add(count, std::memory_order_relaxed);
}

void NodeForgets::forget(uint64_t nodeid, uint64_t count) {
  nodes_.forget(nodeid, count);
  if (locks_.held() == 0 && !writes_.knowsFiles()) return;
  if (nodes_.lookupCount(nodeid) != 0) return;
  locks_.forget(nodeid);
  writes_.forget(nodeid);
}

}  // namespace fuseloop::device
