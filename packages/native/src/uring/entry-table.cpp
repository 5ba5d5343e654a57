#include "uring/entry-table.hpp"

#include <cerrno>
#include <cstring>

#include "device/fuse-wire.hpp"
#include "uring/fuse-commands.hpp"

namespace fuseloop::uring {

namespace layout = ring::slot;
using device::InHeader;
using device::loadWire;
using device::OutHeader;

EntryTable::EntryTable(ring::RequestRing& ring) : ring_(ring) {}

int32_t EntryTable::add(uint16_t queue, uint32_t home) {
  const int32_t slot = ring_.arm();
  if (slot < 0) return -1;
  const auto index = static_cast<uint32_t>(slot);
  Entry& entry = entries_[index];
  uint8_t* memory = ring_.slot(index);
  entry.queue = queue;
  entry.home = home;
  entry.commitId = 0;
  entry.buffers = {{{memory + layout::kUringHeader, header::kLength},
                    {memory + layout::kPayload, ring_.payloadSize()}}};
  count_.fetch_add(1, std::memory_order_relaxed);
  return slot;
}

void EntryTable::remove(uint32_t index) {
  entries_[index].isArmed.store(false, std::memory_order_relaxed);
  count_.fetch_sub(1, std::memory_order_relaxed);
  ring_.release(index);
}

void EntryTable::clear(uint32_t index) {
  constexpr uint64_t kNothing = 0;
  std::memcpy(ring_.slot(index) + layout::kUringHeader + header::kCommitId, &kNothing,
              sizeof kNothing);
}

bool EntryTable::hasArrived(uint32_t index) const {
  return loadWire<uint64_t>(ring_.slot(index), layout::kUringHeader + header::kCommitId) != 0;
}

size_t EntryTable::messageLength(uint32_t index) const {
  const uint8_t* memory = ring_.slot(index) + layout::kUringHeader;
  const size_t payload = loadWire<uint32_t>(memory, header::kPayloadSize);
  const size_t length = loadWire<InHeader>(memory, header::kInOut).length;
  const size_t fixed = length - sizeof(InHeader) - payload;
  return payload <= ring_.payloadSize() && fixed <= header::kStructMost ? length : 0;
}

std::span<const uint8_t> EntryTable::place(uint32_t index, uint32_t slot, size_t length) {
  const uint8_t* from = ring_.slot(index);
  uint8_t* message = ring_.slot(slot) + layout::kRequest;
  const size_t payload = loadWire<uint32_t>(from, layout::kUringHeader + header::kPayloadSize);
  const size_t fixed = length - sizeof(InHeader) - payload;
  uint8_t* rest = message + sizeof(InHeader) + fixed;
  // WRITE's data stands where it has to be in the entry's own slot, other payloads are short.
  if (payload > 0 && rest != from + layout::kPayload)
    std::memmove(rest, from + layout::kPayload, payload);
  std::memcpy(message, from + layout::kUringHeader + header::kInOut, sizeof(InHeader));
  std::memcpy(message + sizeof(InHeader), from + layout::kUringHeader + header::kStruct, fixed);
  return {message, length};
}

std::optional<uint32_t> EntryTable::of(uint32_t slot) const {
  const int32_t index = slots_[slot].entry.load(std::memory_order_acquire);
  if (index < 0) return std::nullopt;
  return static_cast<uint32_t>(index);
}

void EntryTable::write(uint32_t index, const device::Reply& reply) {
  uint8_t* memory = ring_.slot(index);
  uint8_t* target = memory + layout::kPayload;
  const size_t length = reply.body.size() + reply.payload.size();
  if (length > ring_.payloadSize()) return write(index, {reply.unique, -EIO, {}, {}});
  if (!reply.payload.empty() && reply.payload.data() != target + reply.body.size())
    std::memmove(target + reply.body.size(), reply.payload.data(), reply.payload.size());
  if (!reply.body.empty()) std::memcpy(target, reply.body.data(), reply.body.size());
  const OutHeader head{static_cast<uint32_t>(sizeof(OutHeader) + length), reply.error,
                       reply.unique};
  std::memcpy(memory + layout::kUringHeader + header::kInOut, &head, sizeof head);
  const auto payload = static_cast<uint32_t>(length);
  std::memcpy(memory + layout::kUringHeader + header::kPayloadSize, &payload, sizeof payload);
}

}  // namespace fuseloop::uring
