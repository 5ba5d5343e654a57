// Ends mounts. Which mount is meant is settled in the mount table, never
// by stat. Unmounting can wait for the daemon's answers: call it from a thread that serves nothing.
#pragma once

#include <string>

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

enum class UnmountResult {
  kUnmounted,
  // The mount was not there any more; nothing was done.
  kAlreadyGone,
};

// Unmounts this very mount, whatever else is at the path. `mountpoint` is
// MountedDevice::mountpoint. With lazy the mount leaves the tree at once, but its connection lives
// until its last user is gone. Throws SystemError: EINVAL when another mount covers it, EBUSY when
// it is in use, or HelperError.
UnmountResult unmountFuse(const MountIdentity& ours, const std::string& mountpoint, bool lazy,
                          const MountWay& way);

// For the command line: unmounts the FUSE mount on top at the path. Throws SystemError EINVAL when
// nothing or something else is mounted there.
void unmountPath(const std::string& mountpoint, bool lazy);

}  // namespace fuseloop::mount
