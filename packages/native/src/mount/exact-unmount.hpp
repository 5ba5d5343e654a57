// umount2(2) of one certain mount. The call takes a path, and between looking and calling another
// mount may have come there; these calls leave such a one alone (docs/decisions).
#pragma once

#include <string>

#include "mount/mount-identity.hpp"

namespace fuseloop::mount {

// Whether it is on top at the path. Throws SystemError when nothing can be there.
[[nodiscard]] bool isAtPath(const MountIdentity& ours, const std::string& path);

// Unmounts it if nobody uses it. False when it is not on top at the path. Throws SystemError; EBUSY
// also when it is used again and again. Before Linux 6.8 a mount that takes the path, and the ids,
// in the same microseconds is mistaken for it.
[[nodiscard]] bool unmountIdle(const MountIdentity& ours, const std::string& path);

// The same, but one in use leaves the tree at once and ends with its last user. What somebody
// mounts over it in these microseconds goes along, if it has other users.
[[nodiscard]] bool detachExactly(const MountIdentity& ours, const std::string& path);

}  // namespace fuseloop::mount
