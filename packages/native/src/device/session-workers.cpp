// The workers' side of a session: their seats, the requests that they take and finish, and what
// becomes of those of a worker that ends.

#include <algorithm>
#include <cerrno>

#include "base/monotonic-clock.hpp"
#include "device/lock-ends.hpp"
#include "device/session.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;
using ring::SlotState;

uint32_t Session::attachWorker(uint32_t worker) {
  const uint32_t generation = seats_.take(worker);
  inHand_[worker] = 0;
  return generation;
}

void Session::abandonWorker(uint32_t worker) {
  seats_.lose(worker, [&] {
    openFiles_.dropWorker(worker);
    ring::SlotQueue own = ring_.workerQueue(worker);
    for (int32_t slot = own.pop(); slot >= 0; slot = own.pop()) {
      leaveBacking(static_cast<uint32_t>(slot));
      answerLost(static_cast<uint32_t>(slot));
      release(static_cast<uint32_t>(slot), kNoWorker);
    }
    for (uint32_t slot = 0; slot < ring_.slotCount(); ++slot) {
      if (owns(worker, slot)) answerLost(slot);
    }
  });
  transport().lose(worker);
}

void Session::detachWorker(uint32_t worker) {
  abandonWorker(worker);
  transport().close(worker);
  seats_.leave(worker, [&] {
    for (uint32_t slot = 0; slot < ring_.slotCount(); ++slot) {
      if (!owns(worker, slot)) continue;
      // Taken by a thread that did not know of its end yet.
      if (!ring_.isAnswered(slot)) answerLost(slot);
      release(slot, kNoWorker);
    }
  });
}

int32_t Session::next(uint32_t worker) {
  auto alive = ring_.workerWord(worker, ring::worker::kAlive);
  auto sleeping = ring_.workerWord(worker, ring::worker::kSleeping);
  // A thread that is ended while it runs takes nothing more; -1 without announcing sleep.
  while (alive.load(std::memory_order_acquire) != 0) {
    const int32_t slot = take(worker);
    if (slot >= 0) {
      writes_.begin(static_cast<uint32_t>(slot));
      ++inHand_[worker];
      noteTaken(worker, static_cast<uint32_t>(slot));
      return slot;
    }
    if (ring_.state() == SessionState::kEnded) return -2;
    // Seq_cst: announce, then look again; the reader pushes, then looks at this word
    // (WorkerBells::wake).
    sleeping.store(ring::rest::kInLoop, std::memory_order_seq_cst);
    if (!hasQueuedFor(worker) && ring_.state() != SessionState::kEnded &&
        (inHand_[worker] > 0 || !transport().linger(worker)))
      return -1;
    sleeping.store(ring::rest::kNone, std::memory_order_relaxed);
  }
  return -1;
}

/** Tells whether the worker comes for the next request soon. */
void Session::noteTaken(uint32_t worker, uint32_t slot) {
  auto sleeping = ring_.workerWord(worker, ring::worker::kSleeping);
  const uint32_t opcode = ring_.slotWord(slot, layout::kOpcode).load(std::memory_order_relaxed);
  if (inHand_[worker] == 1 && transport().isPrompt(opcode)) {
    sleeping.store(ring::rest::kSoon, std::memory_order_relaxed);
  } else if (sleeping.load(std::memory_order_relaxed) == ring::rest::kSoon) {
    // Seq_cst: who counted on it has pushed before, or sees that it does not come.
    sleeping.store(ring::rest::kNone, std::memory_order_seq_cst);
    if (ring_.hasQueued()) bells_.wakeOne();
  }
}

bool Session::hasQueuedFor(uint32_t worker) {
  return ring_.hasQueued() || !ring_.workerQueue(worker).empty();
}

/** A slot that the worker has claimed, or -1. */
int32_t Session::take(uint32_t worker) {
  if (!hasQueuedFor(worker)) return transport().take(worker);
  for (int32_t slot = takeQueued(worker); slot >= 0; slot = takeQueued(worker)) {
    if (ring_.claim(static_cast<uint32_t>(slot), worker)) return slot;
    // Answered while it waited (INTERRUPT, its deadline); it only has to be freed.
    release(static_cast<uint32_t>(slot), worker);
  }
  return transport().take(worker);
}

int32_t Session::takeQueued(uint32_t worker) {
  int32_t slot = ring_.workerQueue(worker).pop();
  for (uint32_t operationClass = 0; slot < 0 && operationClass < ring::kClassCount;
       ++operationClass) {
    slot = ring_.classQueue(operationClass).pop();
  }
  return slot;
}

int Session::finish(uint32_t worker, uint32_t slot, std::span<const uint8_t> external) {
  if (!owns(worker, slot)) return -EALREADY;
  const uint64_t filledAt = ring_.filledAt(slot);
  writes_.settle(slot);
  int result = replies_->answer(worker, slot, external);
  const uint64_t elapsed = base::monotonicNanoseconds() - filledAt;
  ring_.setElapsed(worker, static_cast<double>(elapsed));
  const auto word = [&](size_t at) {
    return ring_.slotWord(slot, at).load(std::memory_order_relaxed);
  };
  const uint32_t moved = std::max(word(layout::kRequestLength), word(layout::kPayloadLength));
  transport().tookTime(word(layout::kOpcode), elapsed, moved);
  ring_.countOf(worker, ring::worker::kServed);
  --inHand_[worker];
  release(slot, worker);
  return result;
}

int Session::park(uint32_t worker, uint32_t slot, const node::LockRequest& request) {
  if (!owns(worker, slot)) return -EALREADY;
  auto unique = loadWire<uint64_t>(ring_.slot(slot), layout::kRequest + offsetof(InHeader, unique));
  const uint64_t since = ring_.filledAt(slot);
  bool isOurs = true;
  bool mayWait = true;
  int result = locks_.wait(request, {unique, since}, [&] {
    // The right to answer passes from the slot to the manager, which may use it at once.
    mayWait = transport().mayPark(slot);
    uint64_t expected = unique;
    if (!mayWait ||
        !ring_.unique(slot).compare_exchange_strong(expected, 0, std::memory_order_acq_rel))
      return false;
    requests_.end(slot);
    isOurs = transport().park(worker, slot, unique);
    return true;
  });
  if (!mayWait) return -ENOLCK;
  if (result != node::kLockParked) return result;
  // DeviceReader::interrupt marks the slot, then looks in the manager; whoever takes the request
  // out answers.
  bool isInterrupted =
      ring_.slotWord(slot, layout::kInterrupted).load(std::memory_order_seq_cst) != 0;
  if (isInterrupted && locks_.cancel(unique)) replies_->answerUnique(unique, -EINTR);
  ring_.countOf(worker, ring::worker::kServed);
  --inHand_[worker];
  if (isOurs) release(slot, worker);
  return result;
}

void Session::discard(uint32_t worker, uint32_t slot) {
  if (!owns(worker, slot)) return;
  --inHand_[worker];
  release(slot, worker);
}

/** The worker that was to serve it is gone, or will be. */
void Session::answerLost(uint32_t slot) {
  auto length = ring_.slotWord(slot, layout::kRequestLength).load(std::memory_order_relaxed);
  endLocksOf(locks_, {ring_.slot(slot) + layout::kRequest, length});
  if (replies_) replies_->answerError(slot, -EIO);
}

/** A RELEASE that no handler has seen. */
void Session::leaveBacking(uint32_t slot) {
  const auto header = loadWire<InHeader>(ring_.slot(slot), layout::kRequest);
  if (header.opcode == kOpRelease) backingFiles_.leave(header.nodeid);
}

bool Session::owns(uint32_t worker, uint32_t slot) {
  return slot < ring_.slotCount() &&
         ring_.slotWord(slot, layout::kState).load(std::memory_order_acquire) ==
             static_cast<uint32_t>(SlotState::kRunning) &&
         ring_.slotWord(slot, layout::kOwner).load(std::memory_order_relaxed) == worker;
}

void Session::release(uint32_t slot, uint32_t worker) {
  if (replies_) {
    replies_->release(slot, worker);
  } else {
    ring_.release(slot);
  }
}

}  // namespace fuseloop::device
