// umount2(2), or fusermount3 -u without the privilege.
// Between looking at the table and unmounting by path another mount could slip in; Linux has no
// unmount by id.
#include "mount/unmount.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/fusermount-client.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"

namespace fuseloop::mount {

namespace {

using base::SystemError;

void detach(const std::string& mountpoint, bool lazy, bool viaHelper) {
  if (!viaHelper && hasMountPrivilege()) {
    const int flags = UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0);
    if (::umount2(mountpoint.c_str(), flags) == 0) return;
    if (errno != EPERM) base::throwErrno("umount2", mountpoint);
  }
  unmountByHelper(mountpoint, lazy);
}

bool climbs(const std::filesystem::path& path) {
  return std::ranges::find(path, "..") != path.end();
}

// The path as it stands is tried first: it needs no path walk, which fails below a dead mount. With
// ".." only a walk can tell what it means, as a symbolic link may come before it.
std::string nameInTable(const std::string& mountpoint) {
  std::string plain = std::filesystem::absolute(mountpoint).lexically_normal().string();
  if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return !climbs(mountpoint) && topMountAt(plain) ? plain
                                                  : resolveMountpoint(mountpoint, "umount2");
}

}  // namespace

UnmountResult unmountFuse(const std::string& mountpoint, std::uint64_t mountId, bool lazy,
                          bool viaHelper) {
  const auto table = readMountTable();
  const auto ours = std::ranges::find(table, mountId, &MountEntry::mountId);
  // Ids are given out again, so one that names something else now means that ours is gone.
  if (ours == table.end() || !isFuse(*ours)) return UnmountResult::kAlreadyGone;
  const std::string path = ours->mountPoint == mountpoint ? mountpoint : nameInTable(mountpoint);
  if (ours->mountPoint != path) {
    throw SystemError(EINVAL, "umount2", mountpoint, "it was moved to '" + ours->mountPoint + "'");
  }
  if (topMountAt(table, path).value().mountId != mountId) {
    throw SystemError(EINVAL, "umount2", mountpoint, "another mount covers it");
  }
  try {
    detach(path, lazy, viaHelper);
  } catch (const SystemError&) {
    const auto now = readMountTable();
    if (std::ranges::find(now, mountId, &MountEntry::mountId) != now.end()) throw;
    return UnmountResult::kAlreadyGone;
  }
  return UnmountResult::kUnmounted;
}

void unmountPath(const std::string& mountpoint, bool lazy) {
  const std::string path = nameInTable(mountpoint);
  const auto top = topMountAt(path);
  if (!top) throw SystemError(EINVAL, "umount2", mountpoint, "nothing is mounted there");
  if (!isFuse(*top)) {
    throw SystemError(EINVAL, "umount2", mountpoint, "the mount there is " + top->fsType);
  }
  detach(path, lazy, false);
}

bool abortConnection(std::uint32_t connection) {
  const std::string path = "/sys/fs/fuse/connections/" + std::to_string(connection) + "/abort";
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return false;
  ssize_t written = 0;
  do {
    written = ::write(file.get(), "1", 1);
  } while (written < 0 && errno == EINTR);
  return written == 1;
}

}  // namespace fuseloop::mount
