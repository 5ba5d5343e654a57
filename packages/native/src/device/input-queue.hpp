// What any handle of a connection may read next, and in which order (fs/fuse/fuse_i.h struct
// fuse_iqueue). Guarded by the connection's lock.

#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "device/fuse-wire.hpp"
#include "device/queue-readiness.hpp"
#include "device/queue-request.hpp"

namespace fuseloop::device {

class InputQueue {
 public:
  enum class Turn { kNothing, kInterrupt, kForget, kRequest };

  int pollFd() const { return readiness_.fd(); }
  RequestList& pending() { return pending_; }

  /** Moves one request from its list to pending, with a unique of its own. */
  void append(RequestList& from, RequestRef request);
  /** Puts requests that were read before what waits (fs/fuse/dev.c fuse_resend()). */
  void putBack(RequestList& requests);
  /** Queued once, however often the client is signalled (fs/fuse/dev.c fuse_dev_queue_interrupt()).
   */
  void queueInterrupt(RequestRef request);
  /** For a request that is finished: its INTERRUPT has no sense any more. */
  void dropInterrupt(RequestRef request);
  void queueForget(ForgetOne forget);

  /** Whose turn it is; counts forgets and requests in a row, so ask once per read. */
  Turn nextTurn();
  /** Each writes one message to `target` and returns its length. */
  size_t readInterrupt(std::span<uint8_t> target);
  size_t readForget(std::span<uint8_t> target, uint32_t minor);
  /** Nothing is left to read: poll(2) waits again. */
  void rest() { readiness_.lower(); }

  /** Drops all but the pending requests; poll(2) reports the end from now on. */
  void end();

 private:
  uint64_t nextUnique();
  size_t readSingleForget(std::span<uint8_t> target);
  size_t readBatchForget(std::span<uint8_t> target);

  /** fs/fuse/dev.c fuse_dev_do_read(): forgets let through while requests wait, and requests after
   * them. */
  static constexpr int kForgetsInARow = 16;
  static constexpr int kRequestsInARow = 8;

  RequestList pending_;
  std::deque<RequestRef> interrupts_;
  std::deque<ForgetOne> forgets_;
  /** Requests have the first turn: struct fuse_iqueue begins as zeros. */
  int forgetBatch_ = 0;
  uint64_t lastUnique_ = 0;
  QueueReadiness readiness_;
};

}  // namespace fuseloop::device
