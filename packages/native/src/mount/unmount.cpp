// Finds the mount in the table, then umount2(2), or fusermount3 -u without the privilege.
#include "mount/unmount.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/system-error.hpp"
#include "mount/exact-unmount.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/fusermount-client.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"

namespace fuseloop::mount {

namespace {

using base::SystemError;

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

// Where it is; nothing when it is no more. Throws SystemError EINVAL when another mount hides it.
std::optional<std::string> findMount(const MountIdentity& ours, const std::string& mountpoint) {
  const auto table = readMountTable();
  const auto entry = std::ranges::find(table, ours.mountId, &MountEntry::mountId);
  // Ids are given out again, so one that names something else now means that ours is gone.
  if (entry == table.end() || !isFuse(*entry) || !mayExist(ours)) return std::nullopt;
  const std::string path = entry->mountPoint == mountpoint ? mountpoint : nameInTable(mountpoint);
  if (entry->mountPoint != path) {
    throw SystemError(EINVAL, "umount2", mountpoint, "it was moved to '" + entry->mountPoint + "'");
  }
  if (topMountAt(table, path).value().mountId != ours.mountId) {
    throw SystemError(EINVAL, "umount2", mountpoint, "another mount covers it");
  }
  return path;
}

// False when the path leads elsewhere now.
bool detach(const MountIdentity& ours, const std::string& path, bool lazy, const MountWay& way) {
  if (!way.viaHelper && hasMountPrivilege()) {
    try {
      return lazy ? detachExactly(ours, path) : unmountIdle(ours, path);
    } catch (const SystemError& error) {
      if (error.errnum != EPERM) throw;
    }
  }
  // The helper goes by path, but takes only FUSE mounts of its user.
  if (!isAtPath(ours, path)) return false;
  unmountByHelper(path, lazy, way.helper);
  return true;
}

}  // namespace

UnmountResult unmountFuse(const MountIdentity& ours, const std::string& mountpoint, bool lazy,
                          const MountWay& way) {
  constexpr int kMostAttempts = 10;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const auto path = findMount(ours, mountpoint);
    if (!path) return UnmountResult::kAlreadyGone;
    try {
      if (detach(ours, *path, lazy, way)) return UnmountResult::kUnmounted;
    } catch (const SystemError&) {
      if (findMount(ours, mountpoint)) throw;
      return UnmountResult::kAlreadyGone;
    }
  }
  throw SystemError(EINVAL, "umount2", mountpoint, "another mount covers the way to it");
}

void unmountPath(const std::string& mountpoint, bool lazy) {
  const std::string path = nameInTable(mountpoint);
  if (!topMountAt(path)) {
    throw SystemError(EINVAL, "umount2", mountpoint, "nothing is mounted there");
  }
  const MountIdentity identity = identityOf(openMountRoot(path, "umount2").get());
  const auto table = readMountTable();
  const auto entry = std::ranges::find(table, identity.mountId, &MountEntry::mountId);
  if (entry != table.end() && !isFuse(*entry)) {
    throw SystemError(EINVAL, "umount2", mountpoint, "the mount there is " + entry->fsType);
  }
  if (unmountFuse(identity, path, lazy, {}) == UnmountResult::kAlreadyGone) {
    throw SystemError(EINVAL, "umount2", mountpoint, "nothing is mounted there");
  }
}

}  // namespace fuseloop::mount
