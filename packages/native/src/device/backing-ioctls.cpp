#include "device/backing-ioctls.hpp"

#include <sys/ioctl.h>

#include <cstdint>

namespace fuseloop::device {

namespace {

/** fuse_backing_map, which linux/fuse.h of Debian 12 does not have yet. */
struct BackingMap {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
static_assert(sizeof(BackingMap) == 16);

constexpr unsigned long kBackingOpen = _IOW(229, 1, BackingMap);
constexpr unsigned long kBackingClose = _IOW(229, 2, uint32_t);

}  // namespace

int openBacking(DeviceEndpoint& device, int fd) {
  BackingMap map{fd, 0, 0};
  return device.ioctl(kBackingOpen, &map);
}

void closeBacking(DeviceEndpoint& device, int id) {
  auto given = static_cast<uint32_t>(id);
  device.ioctl(kBackingClose, &given);
}

}  // namespace fuseloop::device
