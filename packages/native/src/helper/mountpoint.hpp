// The place to mount at, held by a descriptor from the first look on: what was checked is what is
// mounted on, however its path changes meanwhile.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique-fd.hpp"
#include "helper/caller.hpp"

namespace fuseloop::helper {

struct Mountpoint {
  base::UniqueFd pinned;
  // File type bits: the root of the mount must be of the same type.
  mode_t type = 0;
};

// Throws Refusal when it is neither a directory nor a regular file, a symbolic link among others,
// and for anybody but root when it is in a sticky directory's way (sticky and not owned), not
// writable, or in a file system where nothing may be put over anything, /proc above all.
[[nodiscard]] Mountpoint pinMountpoint(const std::string& path, const Caller& caller);

}  // namespace fuseloop::helper
