// Mounts and unmounts through fusermount3, the setuid helper of the package fuse3, for processes
// without CAP_SYS_ADMIN. The caller has checked the request and resolved the mountpoint.
#pragma once

#include <string>

#include "base/unique-fd.hpp"
#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// The mounted /dev/fuse. Throws HelperError with the helper's words, or SystemError when it cannot
// be run or is not done in 10 s.
[[nodiscard]] base::UniqueFd mountByHelper(const MountRequest& request,
                                           const std::string& mountpoint);

// fusermount3 -u, with -z when lazy; `helper` is MountWay's. A busy mount is a HelperError with
// EBUSY. Limit 30 s, as an unmount waits for the daemon to take what is dirty.
void unmountByHelper(const std::string& mountpoint, bool lazy, const std::string& helper);

}  // namespace fuseloop::mount
