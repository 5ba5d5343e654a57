// The entrance to mounting: by mount(2) when the process may, else through fusermount3.
// Blocks, so it runs on a helper thread; the daemon's threads must not depend on it.
#pragma once

#include <string>
#include <string_view>

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// Absolute path without symbolic links or dots; asks nothing of a mount at its end, dead or alive.
// `syscall` is for the SystemError.
[[nodiscard]] std::string resolveMountpoint(const std::string& path, std::string_view syscall);

// Mounts and finds the mount in the mount table. Throws SystemError: ENOENT, ENOTDIR, EACCES for
// the mountpoint; ENOTCONN for one covered by a dead mount of another subtype (a dead one of ours
// is cleared away); EINVAL for a bad option; HelperError from fusermount3. A mountpoint covered by
// a live mount is asked for its type, so a stuck daemon there blocks the call.
[[nodiscard]] MountedDevice mountFuse(const MountRequest& request);

}  // namespace fuseloop::mount
