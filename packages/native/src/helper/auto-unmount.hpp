// The option auto_unmount: the helper stays until the daemon is gone, and then clears its mount
// away if the daemon did not. Which mount that is says its id, not its path alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique-fd.hpp"
#include "helper/caller.hpp"

namespace fuseloop::helper {

struct WatchedMount {
  std::uint64_t mountId = 0;
  // Ids are given out again; the pair is not, as long as the file system lives.
  std::uint32_t devMajor = 0;
  std::uint32_t devMinor = 0;
};

// The mount of this id. Throws Refusal when there is none, or it is not FUSE or not the caller's.
[[nodiscard]] WatchedMount watchedMount(std::uint64_t mountId, const Caller& caller);

// Waits for the end of `channel`, then unmounts lazily if the mount is still there and dead. One
// that is served goes on: another process has its device.
void unmountAtEnd(const base::UniqueFd& channel, const WatchedMount& watched);

}  // namespace fuseloop::helper
