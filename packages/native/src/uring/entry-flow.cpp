#include "uring/entry-flow.hpp"

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/monotonic-clock.hpp"
#include "device/fuse-wire.hpp"
#include "uring/fuse-commands.hpp"
#include "uring/queue-probe.hpp"

namespace fuseloop::uring {

namespace layout = ring::slot;
namespace control = ring::control;
using device::InHeader;
using device::kNoWorker;
using device::loadWire;
using device::RequestFiling;
using ring::SlotState;

namespace {

/** A handler that takes so long has a slot of its own. */
constexpr uint64_t kSlowNs = 250'000;
/** That waits for locks leave. */
constexpr size_t kEntriesForOthers = 52;

void store(ring::RequestRing& ring, uint32_t slot, SlotState state) {
  ring.slotWord(slot, layout::kState)
      .store(static_cast<uint32_t>(state), std::memory_order_relaxed);
}

}  // namespace

EntryFlow::EntryFlow(ring::RequestRing& ring)
    : ring_(ring),
      exchange_(ring),
      habits_(ring, kSlowNs),
      parked_(entries().most() - kEntriesForOthers) {}

void EntryFlow::start(const device::TransportParts& parts) {
  filing_ = std::make_unique<RequestFiling>(parts);
  parts_ = std::make_unique<device::TransportParts>(parts);
  exchange_.start(parts.bells);
}

int32_t EntryFlow::arrive(const IoUring::Completion& completion, uint32_t worker) {
  const auto index = static_cast<uint32_t>(completion.data);
  exchange_.takeBack(index);
  int32_t slot = -1;
  if (completion.result >= 0) {
    slot = receive(index, worker);
  } else {
    exchange_.lost(index, completion.result, worker);
  }
  exchange_.sawTo();
  return slot;
}

int32_t EntryFlow::receive(uint32_t index, uint32_t worker) {
  const uint8_t* head = ring_.slot(index) + layout::kUringHeader;
  Entry& entry = entries()[index];
  exchange_.loads().brought(entry.queue);
  entry.commitId = loadWire<uint64_t>(head, header::kCommitId);
  const auto request = loadWire<InHeader>(head, header::kInOut);
  const size_t length = entries().messageLength(index);
  if (length == 0) {
    entries().write(index, {request.unique, -EIO, {}, {}});
    exchange_.commit(index, worker);
    return -1;
  }
  if (answeredHere(index, request, length, worker)) return -1;
  const uint32_t slot = slotFor(index, request.opcode, worker);
  const std::span<const uint8_t> message = entries().place(index, slot, length);
  ring_.countRequest(worker);
  entries().setAnswered(slot, false);
  entries().bind(slot, index);
  filing_->publish(slot, message, base::monotonicNanoseconds(), false);
  // The reader may have had its INTERRUPT first, and now finds the request.
  if (parts_->early.take(request.unique)) parts_->inbox.putInterrupt(request.unique);
  if (ring_.isAsync(request.opcode)) exchange_.grow(index, worker);
  const RequestFiling::Place place = filing_->route(slot, message, worker);
  if (place == RequestFiling::Place::kElsewhere) return -1;
  if (worker == kNoWorker) {
    filing_->queue(slot, request.opcode);
    // Who sees to it that somebody takes it, however long the reader has slept.
    parts_->inbox.ring();
    return -1;
  }
  if (ring_.claim(slot, worker)) return static_cast<int32_t>(slot);
  release(slot, worker);
  return -1;
}

/**
 * Where a request is served: one whose handler may take its time, or that waits in a queue, has a
 * slot of its own, so that its client can be answered (deadline, interrupt) before whoever has that
 * memory lets go of it. A handler that is known to return at once needs none. There are so few
 * entries that slots are short only while late handlers keep as many.
 */
uint32_t EntryFlow::slotFor(uint32_t index, uint32_t opcode, uint32_t worker) {
  if (worker != kNoWorker && habits_.isPrompt(opcode)) return index;
  if (ring_.freeSlots() <= EntryTable::kSlotsForOthers) return index;
  const int32_t slot = ring_.arm();
  return slot < 0 ? index : static_cast<uint32_t>(slot);
}

/** What no handler sees. NOTIFY_REPLY comes this way, and FORGET may (Linux 7.3): both must be
 * committed too. */
bool EntryFlow::answeredHere(uint32_t index, const InHeader& request, size_t length,
                             uint32_t worker) {
  int32_t error = 0;
  switch (request.opcode) {
    case device::kOpForget:
    case device::kOpBatchForget:
    case device::kOpNotifyReply:
      if (!QueueProbe::isAnswer(request)) parts_->inbox.put(entries().place(index, index, length));
      break;
    case device::kOpOpen:
    case device::kOpOpenDir:
    case device::kOpCreate:
    case device::kOpTmpfile:
      if (ring_.controlWord(control::kRefusesOpens).load(std::memory_order_acquire) == 0)
        return false;
      error = -ESHUTDOWN;
      break;
    default:
      return false;
  }
  entries().write(index, {request.unique, error, {}, {}});
  exchange_.commit(index, worker);
  return true;
}

void EntryFlow::recover(uint32_t index) {
  exchange_.takeBack(index);
  if (entries().hasArrived(index)) {
    receive(index, kNoWorker);
  } else {
    entries().remove(index);
  }
  exchange_.sawTo();
}

void EntryFlow::answer(uint32_t worker, uint32_t slot, const device::Reply& reply) {
  const uint32_t index = *entries().of(slot);
  entries().write(index, reply);
  if (index == slot) {
    entries().setAnswered(slot, true);
    return;
  }
  entries().unbind(slot);
  exchange_.commit(index, worker);
}

void EntryFlow::release(uint32_t slot, uint32_t worker) {
  const auto index = entries().of(slot);
  if (!index) {
    ring_.release(slot);
    return;
  }
  const bool isInPlace = *index == slot;
  // It takes no answer, but the kernel wants its entry back.
  if (const uint64_t unique = ring_.unique(slot).exchange(0, std::memory_order_acq_rel))
    answer(worker, slot, {unique, 0, {}, {}});
  awaitAnswer(slot, isInPlace);
  if (!isInPlace) {
    ring_.release(slot);
    return;
  }
  entries().unbind(slot);
  store(ring_, slot, SlotState::kArmed);
  exchange_.commit(slot, worker);
}

/** Whoever has taken the right to answer is about to: a deadline's watchdog, the reader with an
 * INTERRUPT. */
void EntryFlow::awaitAnswer(uint32_t slot, bool isInPlace) {
  const auto isDone = [&] {
    return isInPlace ? entries().isAnswered(slot) : !entries().of(slot).has_value();
  };
  while (!isDone()) std::this_thread::yield();
}

bool EntryFlow::mayPark(uint32_t slot) {
  const auto index = entries().of(slot);
  return !index || (parked_.hasRoom() && exchange_.canSpare(*index));
}

bool EntryFlow::park(uint32_t slot, uint64_t unique, uint32_t worker) {
  const auto index = entries().of(slot);
  if (!index) return true;
  const bool isInPlace = *index == slot;
  entries().unbind(slot);
  if (isInPlace) store(ring_, slot, SlotState::kArmed);
  exchange_.loads().park(entries()[*index].queue);
  exchange_.grow(*index, worker);
  parked_.put(unique, *index);
  return !isInPlace;
}

bool EntryFlow::answerParked(uint64_t unique, int32_t error) {
  const auto index = parked_.take(unique);
  if (!index) return false;
  exchange_.loads().unpark(entries()[*index].queue);
  entries().write(*index, {unique, error, {}, {}});
  exchange_.commit(*index, kNoWorker);
  return true;
}

}  // namespace fuseloop::uring
