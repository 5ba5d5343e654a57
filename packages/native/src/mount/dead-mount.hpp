// What a killed daemon leaves behind: a mount whose every use fails with ENOTCONN.
#pragma once

#include <string>

namespace fuseloop::mount {

// Takes a mount known to be dead out of the tree, so that its place can be used again, if it is one
// of this subtype; another daemon's may have an owner who still looks for it. False when it is not.
bool removeDeadMount(const std::string& mountpoint, const std::string& subtype);

}  // namespace fuseloop::mount
