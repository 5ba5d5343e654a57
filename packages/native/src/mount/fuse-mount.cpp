// Order of a mount: check the request, check the mountpoint, mount, look it up in the mount table.
#include "mount/fuse-mount.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/system-error.hpp"
#include "mount/dead-mount.hpp"
#include "mount/direct-mount.hpp"
#include "mount/fusermount-client.hpp"
#include "mount/helper-program.hpp"
#include "mount/mount-options.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"

namespace fuseloop::mount {

namespace {

using base::SystemError;

mode_t checkMountpoint(const std::string& path, const std::string& subtype) {
  struct stat status {};
  int errnum = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
  if (errnum == ENOTCONN && removeDeadMount(path, subtype)) {
    errnum = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
  }
  if (errnum != 0) {
    throw SystemError(
        errnum, "mount", path,
        errnum == ENOTCONN ? "a dead mount of another filesystem is there; unmount it first" : "");
  }
  if (!S_ISDIR(status.st_mode)) throw SystemError(ENOTDIR, "mount", path);
  return status.st_mode & S_IFMT;
}

// Mounts and tells by viaHelper which way it went.
void attach(const MountRequest& request, mode_t rootMode, MountedDevice& mounted) {
  if (hasMountPrivilege()) {
    try {
      mounted.device = mountDirectly(request, mounted.mountpoint, rootMode);
      return;
    } catch (const SystemError& error) {
      // The capability may be that of a user namespace which does not own the mount namespace or
      // the device.
      const bool notAllowed = error.errnum == EPERM || error.errnum == EACCES;
      if (!notAllowed || findHelper(initialEnvironment()).empty()) throw;
    }
  }
  mounted.device = mountByHelper(request, mounted.mountpoint);
  mounted.viaHelper = true;
}

}  // namespace

std::string resolveMountpoint(const std::string& path, std::string_view syscall) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                             &std::free);
  if (!resolved) base::throwErrno(syscall, path);
  return resolved.get();
}

MountedDevice mountFuse(const MountRequest& request) {
  checkRequest(request);
  const mode_t rootMode = checkMountpoint(request.mountpoint, request.subtype);
  MountedDevice mounted;
  mounted.mountpoint = resolveMountpoint(request.mountpoint, "mount");
  // Before mounting: an unreadable table must not leave a mount behind that nobody can name.
  const std::optional<MountEntry> before = topMountAt(mounted.mountpoint);
  attach(request, rootMode, mounted);
  const std::optional<MountEntry> entry = topMountAt(mounted.mountpoint);
  if (!entry || !isFuse(*entry) || (before && before->mountId == entry->mountId)) {
    throw SystemError(ENOENT, "mount", mounted.mountpoint,
                      "the mount is not in /proc/self/mountinfo: unmounted or covered meanwhile");
  }
  mounted.mountId = entry->mountId;
  mounted.connection = entry->devMinor;
  return mounted;
}

}  // namespace fuseloop::mount
