// Order of a mount: check the request, check the mountpoint, mount, look it up in the mount table.
#include "mount/fuse-mount.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/system-error.hpp"
#include "mount/dead-mount.hpp"
#include "mount/descriptor-info.hpp"
#include "mount/direct-mount.hpp"
#include "mount/fusermount-client.hpp"
#include "mount/helper-program.hpp"
#include "mount/mount-options.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"

namespace fuseloop::mount {

namespace {

using base::SystemError;

// Its file type; 0 or the errno. What the kernel has cached of a dead mount's root must not answer
// for it, so this asks the filesystem.
int readType(const std::string& path, mode_t& type) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_FORCE_SYNC, STATX_TYPE, &status) != 0) return errno;
  type = status.stx_mode & S_IFMT;
  return 0;
}

mode_t checkMountpoint(const MountRequest& request) {
  const std::string& path = request.mountpoint;
  mode_t type = 0;
  int errnum = readType(path, type);
  if (errnum == ENOTCONN && removeDeadMount(request)) errnum = readType(path, type);
  if (errnum != 0) {
    throw SystemError(
        errnum, "mount", path,
        errnum == ENOTCONN ? "a dead mount of another filesystem is there; unmount it first" : "");
  }
  if (!S_ISDIR(type)) throw SystemError(ENOTDIR, "mount", path);
  return type;
}

// Mounts and tells which way it went.
void attach(const MountRequest& request, mode_t rootMode, MountedDevice& mounted) {
  mounted.way.helper = request.helper;
  if (hasMountPrivilege()) {
    try {
      mounted.device = mountDirectly(request, mounted.mountpoint, rootMode);
      return;
    } catch (const SystemError& error) {
      // The capability may be that of a user namespace which does not own the mount namespace or
      // the device.
      const bool notAllowed = error.errnum == EPERM || error.errnum == EACCES;
      const bool hasHelper = !request.helper.empty() || !findHelper(initialEnvironment()).empty();
      if (!notAllowed || !hasHelper) throw;
    }
  }
  mounted.device = mountByHelper(request, mounted.mountpoint);
  mounted.way.viaHelper = true;
}

// Newer kernels tell the device's connection; with older ones it is what is on top now and was not
// before.
std::optional<MountEntry> findNewMount(const MountedDevice& mounted,
                                       const std::optional<MountEntry>& before) {
  const auto table = readMountTable();
  if (const auto connection = readDescriptorInfo(mounted.device.get(), "fuse_connection")) {
    const auto isOurs = [&](const MountEntry& entry) {
      return entry.devMajor == 0 && entry.devMinor == *connection &&
             entry.mountPoint == mounted.mountpoint;
    };
    const auto found = std::ranges::find_if(table, isOurs);
    return found == table.end() ? std::nullopt : std::optional(*found);
  }
  auto top = topMountAt(table, mounted.mountpoint);
  if (!top || !isFuse(*top) || (before && before->mountId == top->mountId)) return std::nullopt;
  return top;
}

// What covers it already, if anything, hides its unique id.
MountIdentity identify(const MountEntry& entry) {
  const base::UniqueFd root = openMountRoot(entry.mountPoint, "mount");
  const MountIdentity top = identityOf(root.get());
  return top.mountId == entry.mountId ? top : MountIdentity{entry.mountId, 0};
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
  const mode_t rootMode = checkMountpoint(request);
  MountedDevice mounted;
  mounted.mountpoint = resolveMountpoint(request.mountpoint, "mount");
  // Before mounting: an unreadable table must not leave a mount behind that nobody can name.
  const std::optional<MountEntry> before = topMountAt(mounted.mountpoint);
  attach(request, rootMode, mounted);
  const std::optional<MountEntry> entry = findNewMount(mounted, before);
  if (!entry) {
    throw SystemError(ENOENT, "mount", mounted.mountpoint,
                      "the mount is not in /proc/self/mountinfo: unmounted or covered meanwhile");
  }
  mounted.identity = identify(*entry);
  mounted.connection = entry->devMinor;
  return mounted;
}

}  // namespace fuseloop::mount
