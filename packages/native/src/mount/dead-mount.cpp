#include "mount/dead-mount.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "mount/fuse-mount.hpp"
#include "mount/mount-identity.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"
#include "mount/unmount.hpp"

namespace fuseloop::mount {

namespace {

bool isDead(int root) {
  struct statx status {};
  return ::statx(root, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_TYPE, &status) != 0 &&
         errno == ENOTCONN;
}

}  // namespace

bool removeDeadMount(const MountRequest& request) {
  const std::string path = resolveMountpoint(request.mountpoint, "mount");
  MountIdentity identity;
  {
    const base::UniqueFd root = openMountRoot(path, "mount");
    if (!isDead(root.get())) return true;
    identity = identityOf(root.get());
  }
  const auto table = readMountTable();
  const auto entry = std::ranges::find(table, identity.mountId, &MountEntry::mountId);
  if (entry == table.end() || entry->fsType != "fuse." + request.subtype) return false;
  unmountFuse(identity, path, true, {!hasMountPrivilege(), request.helper});
  return true;
}

}  // namespace fuseloop::mount
