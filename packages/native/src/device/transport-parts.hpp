// What a session lends to a transport that takes requests itself, when it starts.

#pragma once

#include <optional>

#include "device/device-endpoint.hpp"
#include "device/early-interrupts.hpp"
#include "device/reader-inbox.hpp"
#include "device/reader-trace.hpp"
#include "device/request-filing.hpp"
#include "device/write-tracker.hpp"

namespace fuseloop::device {

/** All owned by the session, which outlives the transport. */
struct TransportParts : FilingParts {
  DeviceEndpoint& device;
  EarlyInterrupts& early;
  ReaderInbox& inbox;
  WriteTracker& writes;
  const std::optional<ReaderTrace>& trace;
};

}  // namespace fuseloop::device
