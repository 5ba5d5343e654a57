// Writes replies, exactly one for each unique: whoever swaps a slot's unique to 0 may answer, all
// others may not.

#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "device/device-endpoint.hpp"
#include "device/in-flight-requests.hpp"
#include "device/own-requests.hpp"
#include "device/transport.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class ReplyWriter {
 public:
  ReplyWriter(ring::RequestRing& ring, DeviceEndpoint& device, InFlightRequests& requests,
              OwnRequests& own, Transport& transport, std::function<void()> onFree)
      : ring_(ring),
        device_(device),
        requests_(requests),
        own_(own),
        transport_(transport),
        onFree_(std::move(onFree)) {}

  /**
   * Answers from the slot's words error, bodyLength, payloadLength; `external` stands in for the
   * payload. 0, or the kernel's errno, -ENOENT when it has dropped the request. When somebody else
   * has answered, -EINTR if its client was interrupted, else -ETIMEDOUT. A transport that carries
   * requests itself does not learn of refusals: 0.
   */
  int answer(uint32_t worker, uint32_t slot, std::span<const uint8_t> external);
  /** Answers a slot with a bare errno (0 or negative). */
  int answerError(uint32_t slot, int error);
  /** Answers a slot's request by one who took its unique without holding the slot. */
  int answerTaken(uint32_t slot, uint64_t unique, int error);
  /** Answers a request that stands in no slot. */
  int answerUnique(uint64_t unique, int error);
  /** Frees a slot that nobody touches any more. @param worker whose thread this is, or kNoWorker */
  void release(uint32_t slot, uint32_t worker);
  /** Asks the kernel to say an INTERRUPT once more, by that message's own unique. */
  void requestAgain(uint64_t interrupt);

 private:
  int send(uint32_t worker, uint32_t slot, const Reply& reply);
  int send(std::span<const iovec> pieces);

  ring::RequestRing& ring_;
  DeviceEndpoint& device_;
  InFlightRequests& requests_;
  OwnRequests& own_;
  Transport& transport_;
  std::function<void()> onFree_;
};

}  // namespace fuseloop::device
