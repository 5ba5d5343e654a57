// One eventfd per worker, rung only while the worker sleeps in its event loop.

#pragma once

#include <cstdint>
#include <deque>

#include "base/event-fd.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class WorkerBells {
 public:
  explicit WorkerBells(ring::RequestRing& ring) : ring_(ring), bells_(ring.workerCount()) {}

  int fd(uint32_t worker) const { return bells_[worker].fd(); }
  void ring(uint32_t worker) const { bells_[worker].signal(); }
  void silence(uint32_t worker) const { bells_[worker].drain(); }
  void ringAll() const {
    for (const base::EventFd& bell : bells_) bell.signal();
  }

  /** When no worker has a seat, nor will have one. */
  void close() {
    for (base::EventFd& bell : bells_) bell.close();
  }

  /** Wakes the worker if it sleeps. */
  bool wake(uint32_t worker) const {
    // Seq_cst: the slot was pushed before; see WorkerSeat::next, which announces sleep and then
    // looks again.
    auto sleeping = ring_.workerWord(worker, ring::worker::kSleeping);
    uint32_t expected = 1;
    if (sleeping.load(std::memory_order_seq_cst) == 0 ||
        !sleeping.compare_exchange_strong(expected, 0))
      return false;
    ring_.counter(ring::control::kWakes).fetch_add(1, std::memory_order_relaxed);
    bells_[worker].signal();
    return true;
  }

  /** Wakes one sleeping worker, the lowest index first so that few stay warm. */
  void wakeOne() const {
    for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
      if (wake(worker)) return;
    }
  }

 private:
  ring::RequestRing& ring_;
  std::deque<base::EventFd> bells_;
};

}  // namespace fuseloop::device
