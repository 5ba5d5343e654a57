// Where fusermount3 is and the environment it gets.
// Never reads `environ`: process.env in JavaScript calls setenv(3) while helper threads run.
#pragma once

#include <string>
#include <vector>

namespace fuseloop::mount {

// The environment the process was started with, from /proc/self/environ; empty when that is not
// readable.
[[nodiscard]] std::vector<std::string> initialEnvironment();

// Absolute path of fusermount3 in PATH of `environment`, /usr/local/bin, /usr/bin or /bin; empty
// when missing.
[[nodiscard]] std::string findHelper(const std::vector<std::string>& environment);

}  // namespace fuseloop::mount
