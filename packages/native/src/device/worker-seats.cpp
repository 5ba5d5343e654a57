#include "device/worker-seats.hpp"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>

#include "base/monotonic-clock.hpp"

namespace fuseloop::device {

namespace layout = ring::worker;

namespace {

/** Of the real-time signals the one that glibc, Node and debuggers use least. */
const int kWakeSignal = SIGRTMAX - 1;

/** Does nothing, but no system call is restarted after it (signal(7)). */
void handleWakeSignal() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(kWakeSignal, &action, nullptr);
  });
}

}  // namespace

uint32_t WorkerSeats::take(uint32_t worker) {
  if (worker >= ring_.workerCount()) throw std::invalid_argument("no such worker");
  Seat& seat = seats_[worker];
  std::lock_guard lock(seat.mutex);
  if (seat.taken) throw std::invalid_argument("the worker's seat is taken");
  seat.taken = true;
  seat.thread = ::gettid();
  uint32_t generation = ring_.workerWord(worker, layout::kGeneration).fetch_add(1) + 1;
  setAlive(worker, true);
  // Whatever waits already is looked at as soon as the worker's loop turns.
  bells_.ring(worker);
  return generation;
}

void WorkerSeats::lose(uint32_t worker, const std::function<void()>& answer) {
  std::lock_guard lock(seats_[worker].mutex);
  ring_.workerWord(worker, layout::kSleeping).store(ring::rest::kNone, std::memory_order_seq_cst);
  if (!setAlive(worker, false)) return;
  answer();
  // A wake that this worker got but did not live to follow.
  bells_.wakeOne();
}

void WorkerSeats::leave(uint32_t worker, const std::function<void()>& clean) {
  std::lock_guard lock(seats_[worker].mutex);
  clean();
  seats_[worker].taken = false;
}

bool WorkerSeats::isFree(uint32_t worker) {
  std::lock_guard lock(seats_[worker].mutex);
  return !seats_[worker].taken;
}

void WorkerSeats::interrupt(uint32_t worker) {
  handleWakeSignal();
  std::lock_guard lock(seats_[worker].mutex);
  if (seats_[worker].taken) ::tgkill(::getpid(), seats_[worker].thread, kWakeSignal);
}

bool WorkerSeats::send(const ObjectHandle& handle, uint32_t slot) {
  if (handle.worker >= ring_.workerCount()) return false;
  std::lock_guard lock(seats_[handle.worker].mutex);
  if (ring_.workerWord(handle.worker, layout::kAlive).load() == 0) return false;
  uint32_t generation = ring_.workerWord(handle.worker, layout::kGeneration).load();
  if ((generation & 0xffffff) != handle.generation) return false;
  ring_.workerQueue(handle.worker).push(slot);
  bells_.wake(handle.worker);
  return true;
}

/** False when it was so before. */
bool WorkerSeats::setAlive(uint32_t worker, bool isAlive) {
  std::lock_guard lock(aliveMutex_);
  auto alive = ring_.workerWord(worker, layout::kAlive);
  if ((alive.load(std::memory_order_relaxed) != 0) == isAlive) return false;
  alive.store(isAlive ? 1 : 0, std::memory_order_release);
  orphanedSince_.store(isAnyAlive() ? 0 : base::monotonicNanoseconds(), std::memory_order_release);
  return true;
}

bool WorkerSeats::isAnyAlive() const {
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    if (ring_.workerWord(worker, layout::kAlive).load(std::memory_order_relaxed) != 0) return true;
  }
  return false;
}

}  // namespace fuseloop::device
