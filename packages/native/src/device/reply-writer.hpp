// Writes replies, exactly one for each unique: whoever swaps a slot's unique to 0 may answer, all
// others may not.

#pragma once

#include <cstdint>
#include <span>

#include "device/device-endpoint.hpp"
#include "device/in-flight-requests.hpp"
#include "device/own-requests.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class ReplyWriter {
 public:
  ReplyWriter(ring::RequestRing& ring, DeviceEndpoint& device, InFlightRequests& requests,
              OwnRequests& own)
      : ring_(ring), device_(device), requests_(requests), own_(own) {}

  /**
   * Answers from the slot's words error, bodyLength, payloadLength; `external` stands in for the
   * payload. 0, or the kernel's errno, -ENOENT when it has dropped the request. When somebody else
   * has answered, -EINTR if its client was interrupted, else -ETIMEDOUT.
   */
  int answer(uint32_t slot, std::span<const uint8_t> external);
  /** Answers a slot with a bare errno (0 or negative). */
  int answerError(uint32_t slot, int error);
  /** Answers a slot's request by one who took its unique without holding the slot. */
  int answerTaken(uint32_t slot, uint64_t unique, int error);
  /** Answers a request that stands in no slot. */
  int answerUnique(uint64_t unique, int error);
  /** Asks the kernel to say an INTERRUPT once more, by that message's own unique. */
  void requestAgain(uint64_t interrupt);

 private:
  int send(std::span<const iovec> pieces);

  ring::RequestRing& ring_;
  DeviceEndpoint& device_;
  InFlightRequests& requests_;
  OwnRequests& own_;
};

}  // namespace fuseloop::device
