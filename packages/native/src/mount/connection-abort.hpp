// The end of a connection by force, through fusectl (Documentation/filesystems/fuse.rst).
#pragma once

#include <cstdint>

namespace fuseloop::mount {

// Aborts all requests of the connection that `device` is attached to, -1 for one that is over;
// `connection` is its number. False when it is over, or fusectl is not mounted on
// /sys/fs/fuse/connections, or the process may not. The mount stays, dead.
bool abortConnection(std::uint32_t connection, int device);

}  // namespace fuseloop::mount
