// Ends mounts by name and by connection. Which mount is meant is settled in the mount table, never
// by stat. Unmounting can wait for the daemon's answers: call it from a thread that serves nothing.
#pragma once

#include <cstdint>
#include <string>

namespace fuseloop::mount {

enum class UnmountResult {
  kUnmounted,
  // The mount was not there any more; nothing was done.
  kAlreadyGone,
};

// Unmounts the mount of this id. `mountpoint` is MountedDevice::mountpoint. With lazy the mount
// leaves the tree at once, but its connection lives until its last user is gone. Throws
// SystemError: EINVAL when another mount covers it, EBUSY when it is in use, or HelperError.
UnmountResult unmountFuse(const std::string& mountpoint, std::uint64_t mountId, bool lazy,
                          bool viaHelper);

// For the command line: unmounts the FUSE mount on top at the path. Throws SystemError EINVAL when
// nothing or something else is mounted there.
void unmountPath(const std::string& mountpoint, bool lazy);

// Aborts all requests of a connection through fusectl. False when it is gone, or fusectl is not
// mounted on /sys/fs/fuse/connections, or the process may not. The mount stays, dead.
bool abortConnection(std::uint32_t connection);

}  // namespace fuseloop::mount
