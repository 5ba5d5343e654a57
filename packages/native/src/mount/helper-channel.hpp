// Reads what a running fusermount3 says: the device over its socket, complaints over its stderr.
// Neither function blocks; poll(2) comes before and decides about the deadline.
#pragma once

#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::mount {

enum class ChannelState { kData, kEmpty, kEnded };

// Takes one message; a descriptor in it (close-on-exec from the start) goes to `received`.
ChannelState receiveDescriptor(int socket, base::UniqueFd& received);

// Appends to `text`, which stays bounded whatever the helper writes.
ChannelState readErrorText(int pipe, std::string& text);

}  // namespace fuseloop::mount
