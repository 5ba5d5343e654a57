#include "mount/adopted-device.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>

#include "base/system-error.hpp"
#include "mount/descriptor-info.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::mount {

namespace {

using base::SystemError;

// Documentation/admin-guide/devices.txt: misc devices, and FUSE among them.
constexpr unsigned kMiscMajor = 10;
constexpr unsigned kFuseMinor = 229;

void checkDevice(int descriptor, const std::string& name) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw SystemError(errno, "mount", name, "no such descriptor is open here");
  }
  if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(kMiscMajor, kFuseMinor)) {
    throw SystemError(EINVAL, "mount", name, "the descriptor is not an open /dev/fuse");
  }
  pollfd state{descriptor, 0, 0};
  if (::poll(&state, 1, 0) > 0) {
    throw SystemError(ENOTCONN, "mount", name,
                      "the device is not mounted; who hands it over must have mounted it");
  }
}

}  // namespace

MountedDevice adoptDevice(int descriptor) {
  const std::string name = "/dev/fd/" + std::to_string(descriptor);
  checkDevice(descriptor, name);
  if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) base::throwErrno("fcntl", name);
  MountedDevice mounted;
  mounted.device.reset(descriptor);
  const auto connection = readDescriptorInfo(descriptor, "fuse_connection");
  if (!connection) return mounted;
  mounted.connection = static_cast<std::uint32_t>(*connection);
  const auto table = readMountTable();
  const auto entry = std::ranges::find_if(table, [&](const MountEntry& candidate) {
    return candidate.devMajor == 0 && candidate.devMinor == *connection;
  });
  if (entry != table.end()) mounted.mountpoint = entry->mountPoint;
  return mounted;
}

}  // namespace fuseloop::mount
