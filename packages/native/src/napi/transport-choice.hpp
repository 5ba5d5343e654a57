// Transports by their names, for a session that has its device and is not answered yet.

#pragma once

#include <string>

#include "device/session.hpp"
#include "uring/uring-transport.hpp"

namespace fuseloop::napi {

/** Returns why it cannot be had, in a sentence; empty if it was taken. */
std::string chooseTransport(device::Session& session, const std::string& name,
                            const uring::UringOptions& options);

/** Why requests come to the device although another way was chosen; empty: they do not. */
std::string transportFailure(device::Session& session);

}  // namespace fuseloop::napi
