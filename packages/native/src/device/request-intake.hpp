// From a message that was read to a slot in a worker's queue, or, while no slot is free, to the
// list beside the ring; and what an INTERRUPT or a deadline makes of it on the way. On the reader's
// thread only, which alone fills slots: a slot that it finds keeps its request while it looks.

#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "device/early-interrupts.hpp"
#include "device/held-requests.hpp"
#include "device/request-filing.hpp"
#include "device/transport.hpp"

namespace fuseloop::device {

/** All owned by the session, which outlives the reader. */
struct IntakeParts : FilingParts {
  EarlyInterrupts& early;
  Transport& transport;
};

class RequestIntake {
 public:
  explicit RequestIntake(const IntakeParts& parts) : parts_(parts), filing_(parts) {}

  /** Takes a request that expects a reply and stands in `slot`, or elsewhere if that is -1. */
  void accept(int32_t slot, std::span<const uint8_t> message);
  /** Takes a request of our own, which stands in `slot`. */
  void submit(uint32_t slot, std::span<const uint8_t> message);
  /** Takes a whole INTERRUPT. */
  void interrupt(std::span<const uint8_t> message);
  /** Takes an INTERRUPT of this request by itself. @param own the INTERRUPT's unique */
  void interrupt(uint64_t unique, uint64_t own);
  /** Puts a filled slot into its class's queue. */
  void queue(uint32_t slot, uint32_t opcode) { filing_.queue(slot, opcode); }

  /** Moves held requests into free slots; true when it has moved any. */
  bool placeHeld();
  /** Answers held requests whose deadline has come. */
  void passHeld(uint64_t now);
  const HeldRequests& held() const { return held_; }

  /** Asks the kernel to repeat the INTERRUPTs whose time has come: see ruleFor(). */
  void askAgain(uint64_t now);
  /** When askAgain() has something to do, CLOCK_MONOTONIC nanoseconds, or HeldRequests::kNever. */
  uint64_t asksAt() const;

 private:
  bool isInHand(uint64_t unique);
  bool wasCancelled(const InHeader& header, bool& interrupted);
  ring::InterruptRule ruleFor(const InHeader& header);
  ring::InterruptRule ruleAtWork(const InHeader& header, uint32_t tells);
  void askLater(uint64_t unique);
  void interruptSlot(uint32_t slot, uint64_t unique);
  void interruptHeld(HeldRequest& held);
  void sayAgain(uint64_t interrupt);
  void publish(uint32_t slot, std::span<const uint8_t> message, uint64_t readAt, bool interrupted);
  void noteHeld();

  IntakeParts parts_;
  RequestFiling filing_;
  HeldRequests held_;
  /** Interrupts by their own unique, the one asked for first in front. */
  struct AskedAgain {
    uint64_t own;
    uint64_t at;
  };
  std::deque<AskedAgain> asked_;
};

}  // namespace fuseloop::device
