// Mounts by mount(2), for processes with CAP_SYS_ADMIN.
// The caller has checked the request and resolved the mountpoint.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique-fd.hpp"
#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// Opens /dev/fuse and mounts it at `mountpoint`, whose file type is in rootMode. Returns the open
// device; throws SystemError, with EPERM when mounting is not this process' right.
[[nodiscard]] base::UniqueFd mountDirectly(const MountRequest& request,
                                           const std::string& mountpoint, mode_t rootMode);

}  // namespace fuseloop::mount
