#include "device/worker-bells.hpp"

#include "base/futex.hpp"

namespace fuseloop::device {

namespace rest = ring::rest;
using ring::worker::kAlive;
using ring::worker::kSleeping;

namespace {

/** So many short requests one after the other cost their clients less than to wake a worker for
 * each. */
constexpr uint32_t kSlotsInTurn = 4;

}  // namespace

void WorkerBells::ring(uint32_t worker) const {
  bells_[worker].signal();
  call(worker);
}

void WorkerBells::ringAll() const {
  for (uint32_t worker = 0; worker < bells_.size(); ++worker) ring(worker);
}

void WorkerBells::close() {
  for (base::EventFd& bell : bells_) bell.close();
}

bool WorkerBells::wake(uint32_t worker) const {
  // Seq_cst: the slot was pushed before; see Session::next, which announces sleep and then looks
  // again.
  auto sleeping = ring_.workerWord(worker, kSleeping);
  uint32_t state = sleeping.load(std::memory_order_seq_cst);
  do {
    if (state == rest::kNone || state == rest::kSoon) return false;
  } while (!sleeping.compare_exchange_weak(state, rest::kNone));
  ring_.counter(ring::control::kWakes).fetch_add(1, std::memory_order_relaxed);
  if (state == rest::kOnWord) {
    wakeWord(worker);
  } else {
    bells_[worker].signal();
  }
  return true;
}

void WorkerBells::wakeOne() const {
  if (!comeSoon()) wakeAnother();
}

/** Whether workers that are awake take what is queued sooner than one that would have to be woken.
 * Who is kept by a handler nevertheless is found out by the reader's tick. */
bool WorkerBells::comeSoon() const {
  uint32_t most = 0;
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    // Seq_cst: the slot was pushed before; see Session::next, which looks again after this state.
    if (ring_.workerWord(worker, kSleeping).load(std::memory_order_seq_cst) == rest::kSoon &&
        ring_.workerWord(worker, kAlive).load(std::memory_order_relaxed) != 0)
      most += kSlotsInTurn;
  }
  return most > 0 && ring_.queuedSlots() <= most;
}

void WorkerBells::wakeAnother() const {
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    if (wake(worker)) return;
  }
}

bool WorkerBells::waitOnWord(uint32_t worker) const {
  auto sleeping = ring_.workerWord(worker, kSleeping);
  uint32_t state = rest::kInLoop;
  // Else it was woken, or called, since it announced its sleep.
  if (!sleeping.compare_exchange_strong(state, rest::kOnWord)) return state == rest::kNone;
  // Seq_cst on both sides: it waits, then looks; forbidWords() forbids, then looks who waits.
  if (areWordsAllowed_.load(std::memory_order_seq_cst))
    base::futexWait(ring_.workerWordAddress(worker, kSleeping), rest::kOnWord);
  state = rest::kOnWord;
  if (sleeping.compare_exchange_strong(state, rest::kInLoop)) return false;
  return state == rest::kNone;
}

void WorkerBells::forbidWords() {
  areWordsAllowed_.store(false, std::memory_order_seq_cst);
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    if (ring_.workerWord(worker, kSleeping).load(std::memory_order_seq_cst) == rest::kOnWord)
      call(worker);
  }
}

void WorkerBells::call(uint32_t worker) const {
  auto sleeping = ring_.workerWord(worker, kSleeping);
  uint32_t state = sleeping.load(std::memory_order_seq_cst);
  do {
    if (state != rest::kInLoop && state != rest::kOnWord) return;
  } while (!sleeping.compare_exchange_weak(state, rest::kCalled));
  if (state == rest::kOnWord) wakeWord(worker);
}

void WorkerBells::wakeWord(uint32_t worker) const {
  base::futexWakeOne(ring_.workerWordAddress(worker, kSleeping));
}

}  // namespace fuseloop::device
