// A device that somebody else has opened and mounted, handed over as /dev/fd/N: container runtimes
// and storage sidecars mount so for daemons that may not. libfuse's and go-fuse's convention.
#pragma once

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// Takes the descriptor over, close-on-exec from now on. Its mount is found in the mount table where
// kernel and namespace tell; else mountpoint is empty and connection 0. Throws SystemError: EBADF;
// EINVAL for what is not /dev/fuse; ENOTCONN when it is not mounted, or not any more.
[[nodiscard]] MountedDevice adoptDevice(int descriptor);

}  // namespace fuseloop::mount
