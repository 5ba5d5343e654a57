#include "device/notification-frame.hpp"

#include <cerrno>
#include <cstddef>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace {

/** FUSE_NAME_LOW_MAX. */
constexpr uint32_t kNameMost = 1024;

int exactly(std::span<const uint8_t> body, size_t length) {
  return body.size() == length ? 0 : -EINVAL;
}

/** A structure of `least` bytes, then as many elements as its word at `countAt` says. */
int counted(std::span<const uint8_t> body, size_t least, size_t countAt, size_t elementLength) {
  if (body.size() < least) return -EINVAL;
  uint64_t count = loadWire<uint32_t>(body.data(), countAt);
  return exactly(body, least + count * elementLength);
}

/** A structure of `least` bytes, then a name and its NUL. */
int named(std::span<const uint8_t> body, size_t least, size_t lengthAt) {
  if (body.size() < least) return -EINVAL;
  uint32_t length = loadWire<uint32_t>(body.data(), lengthAt);
  return length > kNameMost ? -ENAMETOOLONG : exactly(body, least + length + 1);
}

}  // namespace

int checkNotification(int32_t code, std::span<const uint8_t> body) {
  switch (code) {
    case kNotifyPoll:
      return exactly(body, 8);
    case kNotifyInvalInode:
      return exactly(body, 24);
    case kNotifyInvalEntry:
      return named(body, 16, 8);
    case kNotifyStore:
      return counted(body, 24, 16, 1);
    case kNotifyRetrieve:
      return exactly(body, 32);
    case kNotifyDelete:
      return named(body, 24, 16);
    case kNotifyResend:
    case kNotifyIncEpoch:
      return 0;
    case kNotifyPrune:
      return counted(body, 16, 0, 8);
    default:
      return -EINVAL;
  }
}

}  // namespace fuseloop::device
