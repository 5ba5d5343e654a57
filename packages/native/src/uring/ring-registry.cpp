#include "uring/ring-registry.hpp"

#include <utility>

namespace fuseloop::uring {

void RingRegistry::set(uint32_t worker, std::shared_ptr<WorkerRing> ring) {
  std::lock_guard lock(mutex_);
  own_[worker].store(ring.get(), std::memory_order_relaxed);
  rings_[worker] = std::move(ring);
}

std::shared_ptr<WorkerRing> RingRegistry::take(uint32_t worker) {
  std::lock_guard lock(mutex_);
  own_[worker].store(nullptr, std::memory_order_relaxed);
  return std::move(rings_[worker]);
}

std::shared_ptr<WorkerRing> RingRegistry::find(uint32_t worker) {
  std::lock_guard lock(mutex_);
  return rings_[worker];
}

bool RingRegistry::giveBack(uint32_t worker, uint32_t index) {
  // Held throughout: who takes the ring away then looks at what was given back to it.
  std::lock_guard lock(mutex_);
  WorkerRing* ring = rings_[worker].get();
  if (ring == nullptr || ring->isStuck.load(std::memory_order_relaxed)) return false;
  ring->giveBack(index);
  return true;
}

}  // namespace fuseloop::uring
