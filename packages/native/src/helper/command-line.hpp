// What the helper was asked for on its command line, that of fusermount3; a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fuseloop::helper {

enum class Task {
  kMount,
  kUnmount,
  // Only waits for the end of the daemon, whose mount is there already.
  kWatch,
  kHelp,
  kVersion,
};

struct CommandLine {
  Task task = Task::kMount;
  // All -o lists, joined by commas.
  std::string options;
  std::string mountpoint;
  // -z and -q, of unmounting.
  bool lazy = false;
  bool quiet = false;
  // --comm-fd, which wins over _FUSE_COMMFD.
  std::optional<std::string> commFd;
  // --mount-id, of watching; without it the mount is the one that is at the mountpoint.
  std::optional<std::uint64_t> mountId;
};

// Throws Refusal for what it does not know. Takes `arguments` as main does; none at all, not even a
// name, is possible: execve(2) gives what its caller likes.
[[nodiscard]] CommandLine parseCommandLine(int count, char** arguments);

}  // namespace fuseloop::helper
