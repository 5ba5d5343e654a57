// Turns a MountRequest into what mount(2) and fusermount3 take; pure functions.
// Everything a caller can set is checked here, so that no option can smuggle in another one.
#pragma once

#include <sys/types.h>

#include <string>

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// Throws SystemError EINVAL naming the first part of the request that must not be passed on.
void checkRequest(const MountRequest& request);

// The MS_* bits: the default nosuid and nodev, `flags`, then flagOptions in order.
[[nodiscard]] unsigned long mountFlags(const MountRequest& request);

// "fuse" or "fuse.<subtype>".
[[nodiscard]] std::string mountType(const MountRequest& request);

// What the mount table shows as the mount's device.
[[nodiscard]] std::string mountSource(const MountRequest& request);

// The data argument of mount(2). Throws EINVAL when it would not fit the page the kernel copies.
[[nodiscard]] std::string kernelData(const MountRequest& request, int device, mode_t rootMode,
                                     uid_t user, gid_t group);

// The argument of fusermount3's -o; the helper adds fd, rootmode, user_id and group_id itself.
[[nodiscard]] std::string helperOptions(const MountRequest& request);

}  // namespace fuseloop::mount
