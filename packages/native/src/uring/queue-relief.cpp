#include "uring/queue-relief.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace fuseloop::uring {

namespace {

/** So long nothing of a queue is answered that has no entry until it gets more. */
constexpr uint64_t kDryNs = 5'000'000;
/** Registered at once. */
constexpr uint32_t kMostAdded = 16;
/** By this each round of probes is larger than the last one: most queues need one. */
constexpr uint32_t kProbeGrowth = 4;

/** Where none could be sent. */
constexpr uint64_t kTryAgainNs = 10'000'000;

}  // namespace

QueueRelief::QueueRelief(EntryExchange& exchange, Hands hands)
    : exchange_(exchange), hands_(std::move(hands)), seen_(exchange.loads().queues()) {}

bool QueueRelief::look(bool canServe, uint64_t now) {
  // Before, nothing can wait in a queue, and a probe would wait until all of them are ready.
  hasBegun_ = hasBegun_ || exchange_.loads().hasBrought();
  if (!hasBegun_) return false;
  noteSent(now);
  // See QueueLoads::returned.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  bool isDue = false;
  for (uint16_t queue = 0; queue < seen_.size(); ++queue) {
    if (extend(queue, canServe, now)) isDue = true;
    if (probe(queue, now)) isDue = true;
  }
  return isDue;
}

void QueueRelief::noteSent(uint64_t now) {
  if (!sending_) return;
  const std::optional<uint32_t> sent = hands_.takeSent();
  if (!sent) return;
  Seen& seen = seen_[sending_->queue];
  seen.settled = sending_->settled + *sent;
  seen.probes = std::max(seen.probes, *sent * kProbeGrowth);
  if (*sent == 0) seen.probesAt = now + kTryAgainNs;
  sending_.reset();
}

/** Handlers keep all entries of a queue, and workers have nothing else to begin: as many again. */
bool QueueRelief::extend(uint16_t queue, bool canServe, uint64_t now) {
  const QueueLoads& loads = exchange_.loads();
  Seen& seen = seen_[queue];
  const uint32_t answered = loads.answered(queue);
  const bool isStill = answered == std::exchange(seen.answered, answered);
  if (!loads.isDry(queue) || loads.taken(queue) <= 0 || !exchange_.entries().hasRoom()) {
    seen.drySince = 0;
    return false;
  }
  if (seen.drySince == 0 || !isStill) seen.drySince = now;
  if (!canServe || now - seen.drySince < kDryNs) return true;
  hands_.add(queue, std::min(kMostAdded, static_cast<uint32_t>(loads.taken(queue))));
  return true;
}

bool QueueRelief::probe(uint16_t queue, uint64_t now) {
  const uint32_t registrations = exchange_.loads().registrations(queue);
  Seen& seen = seen_[queue];
  const uint32_t due = std::min(registrations - seen.settled, exchange_.loads().untried(queue));
  if (due == 0) {
    seen.probes = 1;
    return false;
  }
  if (now < seen.probesAt) return false;
  // One that is sent before the entry is registered would wait itself.
  if (sending_ || !exchange_.hasSubmittedRegistrations()) return true;
  // Entries that were registered and have brought something since need none.
  sending_ = {queue, registrations - due};
  hands_.send(queue, std::min(due, seen.probes));
  return true;
}

}  // namespace fuseloop::uring
