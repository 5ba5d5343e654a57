// Starts fusermount3 by posix_spawn(3), which needs no fork handlers and copies no address space.
// Both pipes are close-on-exec here; only the child's own dup2 makes its ends inheritable.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique-fd.hpp"

namespace fuseloop::mount {

struct HelperCommand {
  // Without its own name.
  std::vector<std::string> arguments;
  // Absolute path; empty: what findHelper() finds.
  std::string program{};
};

struct SpawnedHelper {
  pid_t pid = -1;
  // Our end of its _FUSE_COMMFD socket; empty when none was asked for.
  base::UniqueFd socket;
  // Non-blocking read end of its stderr.
  base::UniqueFd errors;
};

// Throws SystemError; ENOENT with a hint when fusermount3 is not installed.
[[nodiscard]] SpawnedHelper spawnHelper(const HelperCommand& command, bool wantSocket);

}  // namespace fuseloop::mount
