#include "direct/direct-transport.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/monotonic-clock.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::direct {

using device::InHeader;
using device::RequestFiling;
using Reason = ReadingRole::Reason;
namespace control = ring::control;

namespace {

/** A handler that has run for longer lets others wait: it costs them more than a thread that wakes.
 */
constexpr uint64_t kLongNs = 50'000;
/** Times kLongNs that requests have waited, less one for each that has not: then they do as a rule.
 */
constexpr uint32_t kContendedFrom = 32;
/** No more of one. */
constexpr uint64_t kMostAtOnce = 12;
/** Handlers whose effort is looked at after one that has taken long. */
constexpr uint32_t kWatched = 64;
/** Messages of no concern to handlers that are read in a row, before timers and sockets have a
 * turn. */
constexpr int kMostAside = 64;

}  // namespace

DirectTransport::Working::Working(const device::TransportParts& given)
    : parts(given), filing(given), forgets(given.ring, given.nodes, given.locks, given.writes) {}

void DirectTransport::start(const device::TransportParts& parts) {
  working_.emplace(parts);
  role_.begin(parts.device.pollFd(), parts.inbox);
}

int DirectTransport::open(uint32_t worker) { return role_.open(worker); }

void DirectTransport::close(uint32_t worker) {
  role_.close(worker);
  Seat& seat = seats_[worker];
  if (seat.armed >= 0) ring_.release(static_cast<uint32_t>(seat.armed));
  seat = {};
}

int32_t DirectTransport::take(uint32_t worker) {
  Seat& seat = seats_[worker];
  if (!leads(worker)) return -1;
  const uint64_t now = base::monotonicNanoseconds();
  const uint64_t since = std::exchange(seat.servedSince, 0);
  for (int aside = 0; aside < kMostAside; ++aside) {
    if (!hasRoom(seat)) {
      role_.giveBack(worker, Reason::kContended);
      return -1;
    }
    const std::span<uint8_t> room = target(static_cast<uint32_t>(seat.armed));
    role_.note();
    const ssize_t count = working_->parts.device.read(room);
    if (count < 0) {
      // The reader learns it, too.
      if (count != -EAGAIN) role_.giveBack(worker, Reason::kEnded);
      return -1;
    }
    // It was there before.
    if (since != 0 && aside == 0 && isContended(seat, now - since))
      role_.giveBack(worker, Reason::kContended);
    const Message message = room.first(static_cast<size_t>(count));
    if (!isForHandlers(message)) continue;
    if (const int32_t slot = accept(worker, message, now); slot >= 0) return slot;
  }
  return -1;
}

bool DirectTransport::leads(uint32_t worker) {
  if (role_.isHeldBy(worker)) return true;
  // What the reader holds back goes first, and it alone knows of it.
  if (ring_.counter(control::kHeldRequests).load(std::memory_order_relaxed) != 0) return false;
  // Not before start().
  if (!role_.take(worker)) return false;
  seats_[worker].room = 0;
  // Its end may have come meanwhile: see lose().
  if (ring_.workerWord(worker, ring::worker::kAlive).load(std::memory_order_seq_cst) != 0)
    return true;
  role_.lose(worker);
  return false;
}

/** Whether there is a slot for a request of any class; where not, the reader holds requests back.
 */
bool DirectTransport::hasRoom(Seat& seat) {
  if (seat.armed >= 0) return true;
  if (seat.room == 0) {
    const uint32_t free = ring_.freeSlots();
    const uint32_t kept = ring_.keptFrom(ring::kClassCount - 1);
    if (free <= kept) return false;
    seat.room = free - kept;
  }
  --seat.room;
  seat.armed = ring_.arm();
  return seat.armed >= 0;
}

/**
 * Whether requests wait for handlers as a rule, now that another one was there after a handler. A
 * thread that only waited for its CPU shows nothing: others would wait as well.
 */
bool DirectTransport::isContended(Seat& seat, uint64_t served) const {
  if (served < kLongNs) {
    if (seat.waits > 0) --seat.waits;
    return false;
  }
  const std::optional<base::ThreadEffort> begun = std::exchange(seat.begun, std::nullopt);
  seat.watched = kWatched;
  if (!begun || base::ThreadEffort::own().wasStarvedSince(*begun, kLongNs)) return false;
  seat.waits += static_cast<uint32_t>(std::min(served / kLongNs, kMostAtOnce));
  if (seat.waits < kContendedFrom) return false;
  seat.waits = 0;
  return true;
}

std::span<uint8_t> DirectTransport::target(uint32_t slot) const {
  return {ring_.slot(slot) + ring::slot::kRequest,
          ring::kPageSize - ring::slot::kRequest + ring_.payloadSize()};
}

/** What needs no handler is done here, or handed to the reader. */
bool DirectTransport::isForHandlers(Message message) {
  if (message.size() < sizeof(InHeader)) return false;
  const auto header = device::loadWire<InHeader>(message.data(), 0);
  const device::TransportParts& parts = working_->parts;
  switch (header.opcode) {
    case device::kOpForget:
    case device::kOpBatchForget:
      if (parts.trace) parts.trace->note(message);
      working_->forgets.take(message);
      if (working_->forgets.hasUntold()) parts.inbox.ring();
      return false;
    case device::kOpInterrupt:
    case device::kOpNotifyReply:
    case device::kOpDestroy:
      parts.inbox.put(message);
      return false;
    case device::kOpOpen:
    case device::kOpOpenDir:
    case device::kOpCreate:
    case device::kOpTmpfile:
      if (ring_.controlWord(control::kRefusesOpens).load(std::memory_order_acquire) == 0) break;
      parts.inbox.put(message);
      return false;
    default:
      break;
  }
  // Sent again: the reader knows whether somebody has it.
  if ((header.unique & device::kResent) == 0) return true;
  parts.inbox.put(message);
  return false;
}

/** The slot with the message, claimed; -1 when it has gone to somebody else. */
int32_t DirectTransport::accept(uint32_t worker, Message message, uint64_t readAt) {
  Seat& seat = seats_[worker];
  const auto slot = static_cast<uint32_t>(std::exchange(seat.armed, -1));
  ring_.countRequest(worker);
  working_->filing.publish(slot, message, readAt, false);
  noteInterrupts(device::loadWire<InHeader>(message.data(), 0).unique);
  if (working_->filing.route(slot, message, worker) == RequestFiling::Place::kElsewhere) return -1;
  if (!ring_.claim(slot, worker)) {
    // Answered already: by its deadline, or an interrupt.
    working_->parts.replies.release(slot, worker);
    return -1;
  }
  seat.begun.reset();
  if (seat.watched > 0) {
    --seat.watched;
    seat.begun = base::ThreadEffort::own();
  }
  seat.servedSince = readAt;
  return static_cast<int32_t>(slot);
}

/** Of a request that can be found by now: see RequestIntake::interrupt(). */
void DirectTransport::noteInterrupts(uint64_t unique) {
  const device::TransportParts& parts = working_->parts;
  if (parts.early.take(unique)) parts.inbox.putInterrupt(unique);
  if (const uint64_t own = parts.early.giveUp(); own != 0) parts.replies.requestAgain(own);
}

}  // namespace fuseloop::direct
