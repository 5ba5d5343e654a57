#include "mount/dead-mount.hpp"

#include "mount/fuse-mount.hpp"
#include "mount/mount-table.hpp"
#include "mount/privilege.hpp"
#include "mount/unmount.hpp"

namespace fuseloop::mount {

bool removeDeadMount(const std::string& mountpoint, const std::string& subtype) {
  const std::string path = resolveMountpoint(mountpoint, "mount");
  const auto top = topMountAt(path);
  if (!top || top->fsType != "fuse." + subtype) return false;
  unmountFuse(path, top->mountId, true, !hasMountPrivilege());
  return true;
}

}  // namespace fuseloop::mount
