#include "uring/entry-exchange.hpp"

#include <poll.h>

#include <cerrno>

#include "uring/fuse-commands.hpp"
#include "uring/queue-plan.hpp"

namespace fuseloop::uring {

using device::kNoWorker;

namespace {

/** Entries of a queue that no wait for a lock may keep: whoever is to end the wait needs one. */
constexpr int32_t kLeastMoving = 4;

io_uring_sqe* prepare(IoUring& io) {
  io_uring_sqe* submission = io.prepare();
  while (submission == nullptr) {
    io.submit();
    submission = io.prepare();
  }
  return submission;
}

}  // namespace

EntryExchange::EntryExchange(ring::RequestRing& ring)
    : ring_(ring), entries_(ring), loads_(possibleCpus()) {}

bool EntryExchange::add(WorkerRing& ring, uint32_t owner, uint16_t queue, uint32_t home) {
  return entries_.hasRoom() && addFirst(ring, owner, queue, home);
}

bool EntryExchange::addFirst(WorkerRing& ring, uint32_t owner, uint16_t queue, uint32_t home) {
  const int32_t index = entries_.add(queue, home);
  if (index < 0) return false;
  arm(ring, owner, static_cast<uint32_t>(index));
  return true;
}

/**
 * Handlers that wait take entries with them: the kernel is to have as many. Early, since requests
 * that find none wait until the keeper looks (QueueRelief).
 */
void EntryExchange::grow(uint32_t index, uint32_t worker) {
  WorkerRing* own = rings_.own(worker);
  const uint16_t queue = entries_[index].queue;
  if (own != nullptr && loads_.isShort(queue)) add(*own, worker, queue, worker);
}

bool EntryExchange::canSpare(uint32_t index) const {
  return loads_.moving(entries_[index].queue) > kLeastMoving || entries_.hasRoom();
}

bool EntryExchange::hasSubmittedRegistrations() {
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    const std::shared_ptr<WorkerRing> ring = rings_.find(worker);
    if (ring && !ring->hasSubmittedRegistrations()) return false;
  }
  return true;
}

std::vector<uint32_t> EntryExchange::armedOn(uint32_t owner) const {
  std::vector<uint32_t> armed;
  for (uint32_t index = 0; index < ring_.slotCount(); ++index) {
    const Entry& entry = entries_[index];
    // Acquire: pairs with arm().
    if (entry.isArmed.load(std::memory_order_acquire) &&
        entry.ring.load(std::memory_order_relaxed) == owner)
      armed.push_back(index);
  }
  return armed;
}

void EntryExchange::arm(WorkerRing& ring, uint32_t owner, uint32_t index) {
  if (owner != kNoWorker) post_.noteWork(ring);
  Entry& entry = entries_[index];
  entries_.clear(index);
  entry.ring.store(owner, std::memory_order_relaxed);
  out_.fetch_add(1, std::memory_order_relaxed);
  loads_.arm(entry.queue, entry.commitId != 0);
  // Release: who finds the entry armed when the ring is over sees what it was armed with.
  entry.isArmed.store(true, std::memory_order_release);
  io_uring_sqe* submission = prepare(ring.io());
  if (entry.commitId == 0) {
    fillRegister(*submission, index, entry.queue, entry.buffers.data());
  } else {
    fillCommit(*submission, index, entry.queue, entry.commitId);
  }
  ring.io().publish();
  if (entry.commitId == 0) {
    ring.noteRegistration();
    loads_.registered(entry.queue);
  }
}

void EntryExchange::watch(WorkerRing& ring, uint32_t owner) {
  io_uring_sqe* submission = prepare(ring.io());
  submission->opcode = IORING_OP_POLL_ADD;
  submission->fd = bells_->fd(owner);
  submission->poll32_events = POLLIN;
  submission->user_data = kBell;
  ring.io().publish();
}

void EntryExchange::commit(uint32_t index, uint32_t worker) {
  WorkerRing* own = rings_.own(worker);
  if (own == nullptr) {
    post_.commit(index);
    return;
  }
  if (entries_[index].home != worker) {
    // What is given back lies on its home's ring, which may not be busy itself.
    post_.noteWork(*own);
    if (giveBack(index)) return;
  }
  arm(*own, worker, index);
}

bool EntryExchange::giveBack(uint32_t index) {
  const uint32_t home = entries_[index].home;
  if (home == kNoWorker || !rings_.giveBack(home, index)) return false;
  bells_->ring(home);
  return true;
}

void EntryExchange::takeBack(uint32_t index) {
  Entry& entry = entries_[index];
  entry.isArmed.store(false, std::memory_order_relaxed);
  if (loads_.returned(entry.queue, entry.commitId == 0)) post_.wake();
}

void EntryExchange::lost(uint32_t index, int32_t result, uint32_t worker) {
  Entry& entry = entries_[index];
  WorkerRing* own = rings_.own(worker);
  const bool isOver = result == -ENOTCONN || result == -ECONNABORTED ||
                      ring_.state() != ring::SessionState::kServing;
  const bool mayTryAgain = result == -EAGAIN || result == -EINTR;
  if (entry.commitId == 0 && !isOver && !mayTryAgain) failure_.store(-result);
  if (isOver || own == nullptr || (entry.commitId == 0 && !mayTryAgain)) {
    entries_.remove(index);
    return;
  }
  // What it had brought is over with it (ECANCELED, ENOENT): it begins anew.
  if (!mayTryAgain) entry.commitId = 0;
  if (entry.commitId != 0) loads_.brought(entry.queue);
  arm(*own, worker, index);
}

}  // namespace fuseloop::uring
