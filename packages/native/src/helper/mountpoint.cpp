#include "helper/mountpoint.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "helper/place.hpp"
#include "helper/refusal.hpp"
#include "helper/storage-types.hpp"

namespace fuseloop::helper {

namespace {

// A user who may write into a directory without owning it could hide others' files there. Without
// the sticky bit that user could also delete them, so nothing is lost by a mount.
void checkAccess(const Mountpoint& mountpoint, const struct stat& status, const std::string& path,
                 const Caller& caller) {
  if ((status.st_mode & S_ISVTX) != 0 && status.st_uid != caller.user) {
    throw Refusal("mountpoint " + path + " not owned by user");
  }
  // access(2) asks for the real user, here with no capability in effect.
  if (::access(descriptorPath(mountpoint.pinned).c_str(), W_OK) != 0) {
    throw Refusal("user has no write access to mountpoint " + path);
  }
  struct statfs storage {};
  if (::fstatfs(mountpoint.pinned.get(), &storage) != 0) {
    throw Refusal("failed to access mountpoint " + path, errno);
  }
  if (mayBeCovered(static_cast<std::uint64_t>(storage.f_type))) return;
  char type[32];
  std::snprintf(type, sizeof type, "%#010lx", static_cast<unsigned long>(storage.f_type));
  throw Refusal("mounting over filesystem type " + std::string(type) + " is forbidden");
}

}  // namespace

Mountpoint pinMountpoint(const std::string& path, const Caller& caller) {
  Mountpoint mountpoint;
  mountpoint.pinned = openPlace(openParent(path));
  struct stat status {};
  if (::fstat(mountpoint.pinned.get(), &status) != 0) {
    throw Refusal("failed to access mountpoint " + path, errno);
  }
  mountpoint.type = status.st_mode & S_IFMT;
  if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
    throw Refusal("mountpoint " + path + " is not a directory or a regular file");
  }
  if (!caller.isRoot()) checkAccess(mountpoint, status, path, caller);
  return mountpoint;
}

}  // namespace fuseloop::helper
