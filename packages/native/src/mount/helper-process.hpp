// One run of fusermount3: started, watched until it exits, killed at its deadline.
// Waits for its own pid only, so other children of the embedding process stay theirs to reap.
#pragma once

#include <chrono>
#include <string>

#include "base/unique-fd.hpp"
#include "mount/helper-spawn.hpp"

namespace fuseloop::mount {

struct HelperOutcome {
  // The descriptor it sent over its socket, if any.
  base::UniqueFd received;
  // Its stderr in one line.
  std::string errorText;
  bool succeeded = false;
};

// Runs fusermount3; with wantDevice it gets a socket in _FUSE_COMMFD. `mountpoint` is for messages.
// Throws SystemError: ENOENT when it is not installed, ETIMEDOUT at the deadline.
[[nodiscard]] HelperOutcome runHelper(const HelperCommand& command, bool wantDevice,
                                      const std::string& mountpoint,
                                      std::chrono::milliseconds limit);

}  // namespace fuseloop::mount
