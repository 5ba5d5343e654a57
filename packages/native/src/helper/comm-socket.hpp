// The caller's end of _FUSE_COMMFD: where the device goes, and whose end tells of the daemon's.
#pragma once

#include "base/unique-fd.hpp"

namespace fuseloop::helper {

// Throws Refusal when it is not a UNIX socket, thus could not carry a descriptor.
void checkSocket(const base::UniqueFd& socket);

// Throws Refusal when the peer is gone, among others.
void sendDevice(const base::UniqueFd& socket, const base::UniqueFd& device);

// Returns when every process that had the other end of the socket or pipe has closed it.
void waitForEnd(const base::UniqueFd& channel);

}  // namespace fuseloop::helper
