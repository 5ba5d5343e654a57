// Which program mounts for a process that may not, and the environment it gets.
// Never reads `environ`: process.env in JavaScript calls setenv(3) while helper threads run.
#pragma once

#include <string>
#include <vector>

namespace fuseloop::mount {

// The environment the process was started with, from /proc/self/environ; empty when that is not
// readable.
[[nodiscard]] std::vector<std::string> initialEnvironment();

// Absolute path of a program that speaks fusermount3's protocol: the one that FUSELOOP_MOUNT_HELPER
// of `environment` names; else fusermount3 in its PATH, /usr/local/bin, /usr/bin or /bin; else
// fuseloop-fusermount beside the addon, where it can do something. Empty when there is none.
[[nodiscard]] std::string findHelper(const std::vector<std::string>& environment);

// What to do when there is none, for an error's text.
[[nodiscard]] std::string adviceOnHelpers();

}  // namespace fuseloop::mount
