// Ends mounts: the caller's own, of FUSE, and no others, whatever happens to paths meanwhile.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique-fd.hpp"
#include "helper/caller.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::helper {

// A FUSE mount that this user made; any for root.
[[nodiscard]] bool isCallersMount(const mount::MountEntry& entry, const Caller& caller);

// What -u does. Throws Refusal when the mount on top at the path is not FUSE or not the caller's,
// or when it is in use and lazy is not set.
void unmountPath(const std::string& path, bool lazy, const Caller& caller);

// Takes the mount that the descriptor holds, and no other, out of the tree. Throws Refusal.
void detachExactly(const base::UniqueFd& root);

}  // namespace fuseloop::helper
