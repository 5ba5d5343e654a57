// From a message in a slot to who serves it: published to all who look for requests, and brought to
// the worker that keeps the object it is about, if one does. By the reader, and by workers that
// take requests themselves.

#pragma once

#include <cstdint>
#include <span>

#include "device/in-flight-requests.hpp"
#include "device/reply-writer.hpp"
#include "device/request-routing.hpp"
#include "device/watchdog.hpp"
#include "device/worker-bells.hpp"
#include "device/worker-seats.hpp"
#include "node/backing-files.hpp"
#include "node/lock-manager.hpp"
#include "node/node-table.hpp"
#include "node/open-file-table.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

/** All owned by the session, which outlives whoever files. */
struct FilingParts {
  ring::RequestRing& ring;
  ReplyWriter& replies;
  const RequestRouting& routing;
  WorkerBells& bells;
  Watchdog& watchdog;
  InFlightRequests& requests;
  node::LockManager& locks;
  node::NodeTable& nodes;
  node::OpenFileTable& openFiles;
  node::BackingFiles& backingFiles;
  WorkerSeats& seats;
};

class RequestFiling {
 public:
  explicit RequestFiling(const FilingParts& parts) : parts_(parts) {}

  /** The slot's request is there: deadline, interrupts and notifications find it. `readAt`:
   * CLOCK_MONOTONIC ns. */
  void publish(uint32_t slot, std::span<const uint8_t> message, uint64_t readAt, bool interrupted);
  /** Where a published request went. */
  enum class Place {
    /** To nobody yet: any worker may serve it. */
    kAnywhere,
    /** It is for `self`, who has it. */
    kSelf,
    /** Away: queued for its worker, or answered, as that is gone. */
    kElsewhere,
  };
  /** Brings a request to the worker that keeps what it is about. @param self who asks, or kNoWorker
   */
  Place route(uint32_t slot, std::span<const uint8_t> message, uint32_t self);
  /** Puts a filled slot into its class's queue. */
  void queue(uint32_t slot, uint32_t opcode);

 private:
  Place send(const ObjectHandle& handle, uint32_t slot, uint32_t self);
  std::optional<ObjectHandle> keeperOf(std::span<const uint8_t> message, uint32_t opcode);

  FilingParts parts_;
};

}  // namespace fuseloop::device
