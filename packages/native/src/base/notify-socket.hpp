// What sd_notify(3) does: one datagram to the service manager's socket.

#pragma once

#include <string>

namespace fuseloop::base {

/** @param path of $NOTIFY_SOCKET; '@' in front means the abstract namespace. @throws SystemError */
void notifySocket(const std::string& path, const std::string& state);

}  // namespace fuseloop::base
