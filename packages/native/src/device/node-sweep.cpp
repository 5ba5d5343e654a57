#include "device/node-sweep.hpp"

#include <algorithm>
#include <cstring>

#include "device/fuse-wire.hpp"
#include "device/notification-frame.hpp"

namespace fuseloop::device {

namespace {

constexpr size_t kMostAtOnce = 1024;
constexpr uint32_t kPruneMinor = 45;
constexpr uint32_t kDirectory = 0040000;

std::vector<uint8_t> begin(int32_t code, size_t bodyLength) {
  std::vector<uint8_t> message(sizeof(OutHeader) + bodyLength);
  const OutHeader header{static_cast<uint32_t>(message.size()), code, 0};
  std::memcpy(message.data(), &header, sizeof header);
  return message;
}

void put(std::vector<uint8_t>& message, size_t bodyOffset, const void* value, size_t length) {
  std::memcpy(message.data() + sizeof(OutHeader) + bodyOffset, value, length);
}

std::vector<uint8_t> prune(const std::vector<node::UnusedCandidate>& found) {
  std::vector<uint8_t> message = begin(kNotifyPrune, 16 + 8 * found.size());
  const auto count = static_cast<uint32_t>(found.size());
  put(message, 0, &count, sizeof count);
  for (size_t index = 0; index < found.size(); ++index)
    put(message, 16 + 8 * index, &found[index].nodeid, 8);
  return message;
}

std::vector<uint8_t> invalidate(const node::UnusedCandidate& one) {
  // Behind the name stands its NUL.
  std::vector<uint8_t> message = begin(kNotifyInvalEntry, 16 + one.name.size() + 1);
  const auto length = static_cast<uint32_t>(one.name.size());
  put(message, 0, &one.parent, 8);
  put(message, 8, &length, sizeof length);
  put(message, 16, one.name.data(), one.name.size());
  return message;
}

}  // namespace

std::vector<std::vector<uint8_t>> NodeSweep::next() {
  std::vector<std::vector<uint8_t>> messages;
  const size_t size = nodes_.size();
  if (size <= limit_) return messages;
  auto found = nodes_.unusedCandidates(std::min(size - limit_, kMostAtOnce));
  if (found.empty()) return messages;
  if (minor_ >= kPruneMinor) {
    messages.push_back(prune(found));
    return messages;
  }
  for (const node::UnusedCandidate& one : found) {
    if (nodes_.type(one.nodeid) != kDirectory) messages.push_back(invalidate(one));
  }
  return messages;
}

}  // namespace fuseloop::device
