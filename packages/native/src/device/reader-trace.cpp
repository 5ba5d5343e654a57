#include "device/reader-trace.hpp"

#include <algorithm>

#include "base/log-line.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace {

constexpr size_t kBody = sizeof(InHeader);
/** Nodes of a BATCH_FORGET that are named; it has some thousands at most. */
constexpr size_t kNamedMost = 8;

std::string field(const char* name, uint64_t value) {
  return std::string(", ") + name + ": " + std::to_string(value);
}

std::string line(const InHeader& header, const char* opcode, const std::string& fields) {
  return "unique: " + std::to_string(header.unique) + ", opcode: " + opcode + " (" +
         std::to_string(header.opcode) + "), nodeid: " + std::to_string(header.nodeid) + fields +
         field("pid", header.pid);
}

/** As many as the message says and has: `count: 2, nodes: 5/1 7/3`, each with its lookups. */
std::string forgottenNodes(std::span<const uint8_t> message) {
  const uint64_t told = loadWire<uint32_t>(message.data(), kBody);
  const uint64_t present = (message.size() - kBody - 8) / sizeof(ForgetOne);
  std::string fields = field("count", told) + ", nodes:";
  for (uint64_t index = 0; index < std::min({told, present, uint64_t{kNamedMost}}); ++index) {
    const auto one = loadWire<ForgetOne>(message.data(), kBody + 8 + index * sizeof(ForgetOne));
    fields += " " + std::to_string(one.nodeid) + "/" + std::to_string(one.count);
  }
  return std::min(told, present) > kNamedMost ? fields + " ..." : fields;
}

}  // namespace

std::string describeUnanswered(std::span<const uint8_t> message) {
  if (message.size() < kBody) return {};
  const auto header = loadWire<InHeader>(message.data(), 0);
  if (header.opcode == kOpDestroy) return line(header, "DESTROY", "");
  if (message.size() < kBody + 8) return {};
  const auto first = loadWire<uint64_t>(message.data(), kBody);
  switch (header.opcode) {
    case kOpForget:
      return line(header, "FORGET", field("nlookup", first));
    case kOpBatchForget:
      return line(header, "BATCH_FORGET", forgottenNodes(message));
    case kOpInterrupt:
      return line(header, "INTERRUPT", field("of", first));
    default:
      return {};
  }
}

void ReaderTrace::note(std::span<const uint8_t> message) const {
  std::string text = describeUnanswered(message);
  if (!text.empty()) base::writeLogLine(prefix_ + std::move(text));
}

}  // namespace fuseloop::device
