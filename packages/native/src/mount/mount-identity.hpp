// Which mount a mount is, by something that no later mount at the same path has.
// The ids and device numbers of the mount table are given out again: what is mounted next is likely
// to get those of what was unmounted last. The unique ids of Linux 6.8 never are.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::mount {

struct MountIdentity {
  // As the mount table has it; 0 when there is no mount.
  std::uint64_t mountId = 0;
  // statx(2) STATX_MNT_ID_UNIQUE; 0 where the kernel does not tell.
  std::uint64_t uniqueId = 0;
};

// Equal as far as both are known.
[[nodiscard]] bool isSame(const MountIdentity& one, const MountIdentity& other) noexcept;

// The root of the mount on top at a resolved path, O_PATH: asks nothing of the filesystem, dead or
// stuck. Throws SystemError of `syscall`.
[[nodiscard]] base::UniqueFd openMountRoot(const std::string& path, const char* syscall);

// The mount that an open descriptor is in. Asks nothing of the filesystem. Throws SystemError.
[[nodiscard]] MountIdentity identityOf(int descriptor);

// False when it is known to be in this mount namespace no more; true also when nobody can tell.
[[nodiscard]] bool mayExist(const MountIdentity& identity) noexcept;

}  // namespace fuseloop::mount
