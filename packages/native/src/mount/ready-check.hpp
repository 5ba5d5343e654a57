// Finds out whether a fresh mount is served: one question that only the daemon can answer.
// Blocks for as long as the daemon is silent and cannot be cancelled; run it on a thread of its
// own.
#pragma once

#include <string>

namespace fuseloop::mount {

// Returns once the file system answers, even with an error. Throws SystemError when the connection
// is what failed: ENOTCONN, ECONNREFUSED (INIT was refused), ECONNABORTED, EDEADLK.
void waitUntilAnswering(const std::string& mountpoint);

}  // namespace fuseloop::mount
