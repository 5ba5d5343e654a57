// Which worker has which ring, for its own thread and for others.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "ring/ring-layout.hpp"
#include "uring/worker-ring.hpp"

namespace fuseloop::uring {

class RingRegistry {
 public:
  /** A worker's ring, from its own thread; others find it until it is taken. */
  void set(uint32_t worker, std::shared_ptr<WorkerRing> ring);
  /** Nobody finds it any more. */
  std::shared_ptr<WorkerRing> take(uint32_t worker);
  /** For the owner's thread; nullptr for kNoWorker. */
  WorkerRing* own(uint32_t worker) const {
    return worker < ring::kMaxWorkers ? own_[worker].load(std::memory_order_relaxed) : nullptr;
  }
  /** For others: nullptr, or one that lives while they have it. */
  std::shared_ptr<WorkerRing> find(uint32_t worker);
  /** An entry is to be committed by this worker; false when it has no ring, or is stuck. */
  bool giveBack(uint32_t worker, uint32_t index);

 private:
  std::mutex mutex_;
  std::array<std::shared_ptr<WorkerRing>, ring::kMaxWorkers> rings_;
  std::array<std::atomic<WorkerRing*>, ring::kMaxWorkers> own_{};
};

}  // namespace fuseloop::uring
