// What a killed daemon leaves behind: a mount whose every use fails with ENOTCONN.
#pragma once

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

// Takes a mount known to be dead out of the tree, so that its place can be used again, if it is one
// of the request's subtype; another daemon's may have an owner who still looks for it. False when
// it is not.
bool removeDeadMount(const MountRequest& request);

}  // namespace fuseloop::mount
