#include "device/watchdog.hpp"

#include <poll.h>

#include <algorithm>

#include "base/monotonic-clock.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;
namespace control = ring::control;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
/** poll(2) counts in an int of ms; a longer sleep is cut, and nothing is due when it ends. */
constexpr uint64_t kLongestSleepMs = 3'600'000;
/** How long after a deadline a worker must have come back to its event loop, or have finished
 * something. */
constexpr uint64_t kStuckAfterNs = 1'000'000'000;
/** A look that comes so much too late has stood still, and the workers with it. */
constexpr uint64_t kStoodStillNs = 100'000'000;

/** Rounded up: awake a moment late, never a moment early. */
int sleepMs(uint64_t nearest, uint64_t now) {
  if (nearest == Watchdog::kNever) return -1;
  if (nearest <= now) return 0;
  return static_cast<int>(std::min((nearest - now) / kNsPerMs + 1, kLongestSleepMs));
}

}  // namespace

Watchdog::Watchdog(ring::RequestRing& ring, ReplyWriter& replies, WorkerBells& bells,
                   node::LockManager& locks, std::function<void(const PassedDeadline&)> onPassed,
                   std::function<void(uint32_t, uint32_t)> onStuck)
    : ring_(ring),
      replies_(replies),
      bells_(bells),
      locks_(locks),
      onPassed_(std::move(onPassed)),
      onStuck_(std::move(onStuck)) {}

void Watchdog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    // Acq_rel exchange, then look at the slots; watch() has its request in a slot, then exchanges
    // on the same word. One of the two comes second, and sees what the other did before.
    wakesAt_.exchange(kNever, std::memory_order_acq_rel);
    const uint64_t now = base::monotonicNanoseconds();
    const uint64_t nearest = check(now);
    wakesAt_.exchange(nearest, std::memory_order_acq_rel);
    pollfd ready{bell_.fd(), POLLIN, 0};
    ::poll(&ready, 1, sleepMs(nearest, now));
    bell_.drain();
  }
}

void Watchdog::watch(uint64_t dueAt) {
  if (dueAt < wakesAt_.fetch_add(0, std::memory_order_acq_rel)) bell_.signal();
}

uint64_t Watchdog::check(uint64_t now) {
  excuse(now);
  uint64_t nearest = kNever;
  for (uint32_t slot = 0; slot < ring_.slotCount(); ++slot) {
    nearest = std::min(nearest, checkSlot(slot, now));
  }
  // After the slots: a request that is being parked meanwhile is seen there or here.
  return checkSuspects(now, checkLocks(now, nearest));
}

/** The slot's deadline if that is still to come, or kNever. */
uint64_t Watchdog::checkSlot(uint32_t slot, uint64_t now) {
  for (;;) {
    // Acquire: pairs with fill(); what is read below is this request's or a later one's, and with a
    // later one the exchange fails: the kernel gives no unique twice.
    uint64_t unique = ring_.unique(slot).load(std::memory_order_acquire);
    if (unique == 0) return kNever;
    const uint32_t opcode = ring_.slotWord(slot, layout::kOpcode).load(std::memory_order_relaxed);
    const uint32_t timeoutMs = ring_.timeout(opcode);
    if (timeoutMs == 0) return kNever;
    const uint64_t due =
        ring::word64(ring_.slot(slot), layout::kFilledAt).load(std::memory_order_relaxed) +
        timeoutMs * kNsPerMs;
    if (due > now) return due;
    uint64_t expected = unique;
    if (ring_.unique(slot).compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) {
      pass(slot, unique, opcode, timeoutMs, now);
      return kNever;
    }
  }
}

/** Requests that wait for a lock have left their slots. */
uint64_t Watchdog::checkLocks(uint64_t now, uint64_t nearest) {
  const uint32_t timeoutMs = ring_.timeout(kOpSetlkw);
  const uint64_t timeout = timeoutMs * kNsPerMs;
  if (timeout == 0 || now < timeout) return nearest;
  for (uint64_t unique : locks_.takeWaitingSince(now - timeout + 1)) {
    ring_.counter(control::kDeadlinesPassed).fetch_add(1, std::memory_order_relaxed);
    replies_.answerUnique(unique, -ring_.timeoutErrno());
    onPassed_({kOpSetlkw, unique, timeoutMs, std::nullopt});
  }
  const auto oldest = locks_.waitingSince();
  return oldest ? std::min(nearest, *oldest + timeout) : nearest;
}

/** What a thread that is stuck in one handler does not change. */
uint64_t Watchdog::progress(uint32_t worker) const {
  return ring_.workerWord(worker, ring::worker::kTurns).load(std::memory_order_relaxed) +
         ring_.served(worker).load(std::memory_order_relaxed);
}

void Watchdog::suspect(uint32_t worker, uint64_t now) {
  if (suspects_[worker]) return;
  const uint32_t generation =
      ring_.workerWord(worker, ring::worker::kGeneration).load(std::memory_order_relaxed);
  suspects_[worker] = {generation, progress(worker), now + kStuckAfterNs};
}

/** Suspects get their time anew where nobody knows how much of it they have had. */
void Watchdog::excuse(uint64_t now) {
  if (now - std::min(now, nextLookAt_) < kStoodStillNs) return;
  for (std::optional<Suspect>& suspect : suspects_) {
    if (suspect) suspect->until = now + kStuckAfterNs;
  }
}

uint64_t Watchdog::checkSuspects(uint64_t now, uint64_t nearest) {
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    const std::optional<Suspect> suspect = suspects_[worker];
    if (!suspect) continue;
    if (suspect->until > now) {
      nearest = std::min(nearest, suspect->until);
      continue;
    }
    suspects_[worker].reset();
    const bool isSame =
        ring_.workerWord(worker, ring::worker::kAlive).load(std::memory_order_acquire) != 0 &&
        ring_.workerWord(worker, ring::worker::kGeneration).load(std::memory_order_relaxed) ==
            suspect->generation;
    if (isSame && progress(worker) == suspect->progress) onStuck_(worker, suspect->generation);
  }
  nextLookAt_ = nearest;
  return nearest;
}

void Watchdog::pass(uint32_t slot, uint64_t unique, uint32_t opcode, uint32_t timeoutMs,
                    uint64_t now) {
  // Only for the log and the worker's bell: the slot may be free, or another's, by now.
  std::optional<uint32_t> worker;
  if (ring_.slotWord(slot, layout::kState).load(std::memory_order_acquire) ==
      static_cast<uint32_t>(ring::SlotState::kRunning))
    worker = ring_.slotWord(slot, layout::kOwner).load(std::memory_order_relaxed);
  ring_.counter(control::kDeadlinesPassed).fetch_add(1, std::memory_order_relaxed);
  replies_.answerTaken(slot, unique, -ring_.timeoutErrno());
  if (worker) {
    // Before the bell, which an event loop answers by a turn.
    suspect(*worker, now);
    // Release: pairs with the worker's load in RequestPump.turn(), which then looks at its slots.
    ring_.workerWord(*worker, ring::worker::kInterrupts).fetch_add(1, std::memory_order_release);
    bells_.ring(*worker);
  }
  onPassed_({opcode, unique, timeoutMs, worker});
}

void Watchdog::passHeld(uint64_t unique, uint32_t opcode) {
  ring_.counter(control::kDeadlinesPassed).fetch_add(1, std::memory_order_relaxed);
  replies_.answerUnique(unique, -ring_.timeoutErrno());
  onPassed_({opcode, unique, ring_.timeout(opcode), std::nullopt});
}

}  // namespace fuseloop::device
