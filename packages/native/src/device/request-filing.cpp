#include "device/request-filing.hpp"

#include <cerrno>

#include "device/fuse-wire.hpp"
#include "device/lock-ends.hpp"

namespace fuseloop::device {

void RequestFiling::publish(uint32_t slot, std::span<const uint8_t> message, uint64_t readAt,
                            bool interrupted) {
  const auto header = loadWire<InHeader>(message.data(), 0);
  parts_.requests.begin(slot, header.unique, header.nodeid, header.opcode);
  parts_.ring.fill(slot, header.opcode, static_cast<uint32_t>(message.size()), header.unique,
                   readAt, interrupted);
  if (const uint32_t timeoutMs = parts_.ring.timeout(header.opcode); timeoutMs != 0)
    parts_.watchdog.watch(readAt + timeoutMs * uint64_t{1'000'000});
}

RequestFiling::Place RequestFiling::route(uint32_t slot, std::span<const uint8_t> message,
                                          uint32_t self) {
  const auto opcode = loadWire<uint32_t>(message.data(), offsetof(InHeader, opcode));
  if (auto handle = parts_.routing.objectHandle(message, opcode)) {
    const Place place = send(*handle, slot, self);
    if (place != Place::kAnywhere) return place;
    // The worker that kept the object is gone, and so is the object; closing it is no error.
    endLocksOf(parts_.locks, message);
    if (opcode == kOpRelease)
      parts_.backingFiles.leave(loadWire<uint64_t>(message.data(), offsetof(InHeader, nodeid)));
    const bool release = opcode == kOpRelease || opcode == kOpReleaseDir;
    parts_.replies.answerError(slot, release ? 0 : -EIO);
    parts_.replies.release(slot, self);
    return Place::kElsewhere;
  }
  if (auto keeper = keeperOf(message, opcode)) return send(*keeper, slot, self);
  return Place::kAnywhere;
}

/** kAnywhere: that worker's incarnation has ended. */
RequestFiling::Place RequestFiling::send(const ObjectHandle& handle, uint32_t slot, uint32_t self) {
  if (handle.worker == self && parts_.seats.isSelf(handle)) return Place::kSelf;
  return parts_.seats.send(handle, slot) ? Place::kElsewhere : Place::kAnywhere;
}

/** A request on a node that no name leads to is for whose object is open on it: any other worker
 * could not tell what is meant. */
std::optional<ObjectHandle> RequestFiling::keeperOf(std::span<const uint8_t> message,
                                                    uint32_t opcode) {
  const uint32_t offset = parts_.routing.unnamedNode(opcode);
  if (offset == 0 || offset + 8 > message.size() || !parts_.openFiles.hasObjects())
    return std::nullopt;
  auto nodeid = loadWire<uint64_t>(message.data(), offset);
  auto opened = parts_.openFiles.find(nodeid);
  if (!opened || !opened->isObject() || parts_.nodes.parent(nodeid) != 0) return std::nullopt;
  return objectOf(opened->high);
}

void RequestFiling::queue(uint32_t slot, uint32_t opcode) {
  parts_.ring.classQueue(parts_.routing.operationClass(opcode)).push(slot);
  parts_.bells.wakeOne();
}

}  // namespace fuseloop::device
