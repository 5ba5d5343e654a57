#include "device/request-intake.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/killed-thread.hpp"
#include "base/monotonic-clock.hpp"

namespace fuseloop::device {

namespace control = ring::control;
using ring::InterruptRule;

namespace {

/** How long until the kernel is asked once more whether an interrupted client still waits. */
constexpr uint64_t kAskAgainNs = 100'000'000;
/** How often a handler at work is told of its client's signal before a dying client waits no more.
 */
constexpr uint32_t kTellsOfDying = 10;

}  // namespace

void RequestIntake::accept(int32_t slot, std::span<const uint8_t> message) {
  const auto header = loadWire<InHeader>(message.data(), 0);
  parts_.ring.counter(control::kRequests).fetch_add(1, std::memory_order_relaxed);
  bool interrupted = false;
  if (isInHand(header.unique) || wasCancelled(header, interrupted)) {
    if (slot >= 0) parts_.replies.release(static_cast<uint32_t>(slot), kNoWorker);
    return;
  }
  const uint64_t now = base::monotonicNanoseconds();
  const uint32_t operationClass = parts_.routing.operationClass(header.opcode);
  if (slot >= 0 && parts_.ring.freeSlots() >= parts_.ring.keptFrom(operationClass)) {
    publish(static_cast<uint32_t>(slot), message, now, interrupted);
    return;
  }
  held_.push({{message.begin(), message.end()}, now, interrupted}, operationClass,
             parts_.ring.timeout(header.opcode));
  if (slot >= 0) parts_.replies.release(static_cast<uint32_t>(slot), kNoWorker);
  noteHeld();
}

void RequestIntake::submit(uint32_t slot, std::span<const uint8_t> message) {
  publish(slot, message, base::monotonicNanoseconds(), false);
}

/**
 * A request that the kernel sends again while we have it (NOTIFY_RESEND) is not run twice: whoever
 * works for it answers under its new unique, the only one that the kernel still takes
 * (fs/fuse/dev.c fuse_resend()).
 */
bool RequestIntake::isInHand(uint64_t unique) {
  if ((unique & kResent) == 0 || !parts_.ring.isGranted(kFlagHasResend)) return false;
  if (parts_.ring.findUnique(unique) >= 0 || held_.find(unique) != nullptr) return true;
  const uint64_t before = unique & ~kResent;
  if (HeldRequest* held = held_.find(before)) {
    std::memcpy(held->message.data() + offsetof(InHeader, unique), &unique, sizeof unique);
    return true;
  }
  const int32_t slot = parts_.ring.findUnique(before);
  return slot >= 0 && parts_.ring.renew(static_cast<uint32_t>(slot), before, unique);
}

/** Whether the request's INTERRUPT came first, and ends it. */
bool RequestIntake::wasCancelled(const InHeader& header, bool& interrupted) {
  const bool wasEarly = parts_.early.take(header.unique);
  sayAgain(parts_.early.giveUp());
  if (!wasEarly) return false;
  const InterruptRule rule = ruleFor(header);
  interrupted = rule != InterruptRule::kIgnore;
  if (rule < InterruptRule::kCancel) return false;
  parts_.replies.answerUnique(header.unique, -EINTR);
  return true;
}

/**
 * The policy for an INTERRUPT of a request that nobody works for. Under `cancel` a signal that its
 * client survives only tells: stat(2) and its like fail with EINTR on no other filesystem, and
 * io_uring and the Go runtime send signals all the time. The kernel says INTERRUPT once per
 * request, so it is asked again in a while: a signal that kills may follow.
 */
InterruptRule RequestIntake::ruleFor(const InHeader& header) {
  const InterruptRule rule = parts_.ring.interruptRule(header.opcode);
  if (rule == InterruptRule::kIgnore || rule == InterruptRule::kAnswer) return rule;
  if (rule == InterruptRule::kCancel && base::isBeingKilled(header.pid)) return rule;
  askLater(header.unique);
  return InterruptRule::kSignal;
}

/**
 * The same with a handler at work, which was told `tells` times: a client that is dying waits for
 * it a second, so that one that never settles keeps nobody from being killed. Nobody sees the
 * answer.
 */
InterruptRule RequestIntake::ruleAtWork(const InHeader& header, uint32_t tells) {
  const InterruptRule rule = parts_.ring.interruptRule(header.opcode);
  if (rule == InterruptRule::kIgnore || rule == InterruptRule::kAnswer) return rule;
  if (tells >= kTellsOfDying && base::isBeingKilled(header.pid)) return InterruptRule::kAnswer;
  askLater(header.unique);
  return InterruptRule::kSignal;
}

void RequestIntake::askLater(uint64_t unique) {
  asked_.push_back({unique | 1, base::monotonicNanoseconds() + kAskAgainNs});
}

uint64_t RequestIntake::asksAt() const {
  return asked_.empty() ? HeldRequests::kNever : asked_.front().at;
}

void RequestIntake::askAgain(uint64_t now) {
  while (!asked_.empty() && asked_.front().at <= now) {
    const uint64_t own = asked_.front().own;
    asked_.pop_front();
    const uint64_t unique = own & ~uint64_t{1};
    if (const int32_t slot = parts_.ring.findUnique(unique);
        slot >= 0 && parts_.transport.carries(static_cast<uint32_t>(slot))) {
      // The kernel says INTERRUPT again of none but requests that were read (fs/fuse/dev.c
      // queue_interrupt()): as if it had.
      interrupt(unique, own);
    } else {
      sayAgain(own);
    }
  }
}

/** EAGAIN makes the kernel queue an INTERRUPT once more; it refuses when the request is over. */
void RequestIntake::sayAgain(uint64_t interrupt) {
  if (interrupt != 0) parts_.replies.requestAgain(interrupt);
}

void RequestIntake::interrupt(std::span<const uint8_t> message) {
  parts_.ring.counter(control::kInterrupts).fetch_add(1, std::memory_order_relaxed);
  if (message.size() < sizeof(InHeader) + 8) return;
  interrupt(loadWire<uint64_t>(message.data(), sizeof(InHeader)),
            loadWire<InHeader>(message.data(), 0).unique);
}

void RequestIntake::interrupt(uint64_t unique, uint64_t own) {
  const int32_t slot = parts_.ring.findUnique(unique);
  if (slot >= 0) {
    interruptSlot(static_cast<uint32_t>(slot), unique);
  } else if (parts_.locks.cancel(unique)) {
    parts_.replies.answerUnique(unique, -EINTR);
  } else if (HeldRequest* held = held_.find(unique)) {
    interruptHeld(*held);
  } else if (own == (unique | 1)) {
    sayAgain(parts_.early.keep(unique, own));
    // A worker that takes requests itself may have published it meanwhile: it looks at what is kept
    // after that.
    if (parts_.ring.findUnique(unique) >= 0 && parts_.early.take(unique)) interrupt(unique, own);
  }
}

void RequestIntake::interruptSlot(uint32_t slot, uint64_t unique) {
  auto header = loadWire<InHeader>(parts_.ring.slot(slot), ring::slot::kRequest);
  // Of a request that was sent again the slot has the former one.
  header.unique = unique;
  const bool hasBegun =
      parts_.ring.slotWord(slot, ring::slot::kState).load(std::memory_order_acquire) ==
      static_cast<uint32_t>(ring::SlotState::kRunning);
  auto tells = parts_.ring.slotWord(slot, ring::slot::kInterrupted);
  const InterruptRule rule = hasBegun ? ruleAtWork(header, tells.load()) : ruleFor(header);
  if (rule == InterruptRule::kIgnore) return;
  // Seq_cst with the worker's load in request-context.ts; set before anyone is told.
  tells.fetch_add(1, std::memory_order_seq_cst);
  // After the mark: a worker that has parked the request meanwhile looks at it (Session::park).
  if (parts_.locks.cancel(unique)) {
    parts_.replies.answerUnique(unique, -EINTR);
    return;
  }
  if (rule >= InterruptRule::kCancel && parts_.ring.withdraw(slot)) {
    parts_.replies.answerError(slot, -EINTR);
    return;
  }
  // The slot stays its handler's.
  if (rule == InterruptRule::kAnswer) parts_.replies.answerError(slot, -EINTR);
  const uint32_t owner =
      parts_.ring.slotWord(slot, ring::slot::kOwner).load(std::memory_order_acquire);
  if (owner >= parts_.ring.workerCount()) return;
  parts_.ring.workerWord(owner, ring::worker::kInterrupts).fetch_add(1, std::memory_order_release);
  parts_.bells.ring(owner);
}

void RequestIntake::interruptHeld(HeldRequest& held) {
  const InHeader header = held.header();
  const InterruptRule rule = ruleFor(header);
  held.interrupted |= rule != InterruptRule::kIgnore;
  if (rule < InterruptRule::kCancel) return;
  held_.remove(&held);
  noteHeld();
  parts_.replies.answerUnique(header.unique, -EINTR);
}

bool RequestIntake::placeHeld() {
  bool moved = false;
  for (uint32_t operationClass = 0; operationClass < ring::kClassCount; ++operationClass) {
    while (!held_.empty(operationClass) &&
           parts_.ring.freeSlots() > parts_.ring.keptFrom(operationClass)) {
      const int32_t armed = parts_.ring.arm();
      // A worker that takes requests itself was faster.
      if (armed < 0) break;
      const auto slot = static_cast<uint32_t>(armed);
      const HeldRequest held = held_.pop(operationClass);
      std::ranges::copy(held.message, parts_.ring.slot(slot) + ring::slot::kRequest);
      publish(slot, held.message, held.readAt, held.interrupted);
      moved = true;
    }
  }
  if (moved) noteHeld();
  return moved;
}

void RequestIntake::passHeld(uint64_t now) {
  if (now < held_.nearest()) return;
  for (const HeldRequest& held : held_.takeDue(now, parts_.ring)) {
    const InHeader header = held.header();
    parts_.watchdog.passHeld(header.unique, header.opcode);
  }
  noteHeld();
}

void RequestIntake::publish(uint32_t slot, std::span<const uint8_t> message, uint64_t readAt,
                            bool interrupted) {
  filing_.publish(slot, message, readAt, interrupted);
  if (filing_.route(slot, message, kNoWorker) == RequestFiling::Place::kAnywhere)
    queue(slot, loadWire<InHeader>(message.data(), 0).opcode);
}

void RequestIntake::noteHeld() {
  parts_.ring.counter(control::kHeldRequests).store(held_.size(), std::memory_order_relaxed);
}

}  // namespace fuseloop::device
