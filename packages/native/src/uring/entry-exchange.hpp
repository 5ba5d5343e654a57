// Entries to the kernel and back, on the rings of workers and of the keeper: how many there are,
// who gives them, and what becomes of those that the kernel does not take. What they bring is
// another's affair (EntryFlow).

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "device/worker-bells.hpp"
#include "uring/entry-table.hpp"
#include "uring/keeper-post.hpp"
#include "uring/queue-loads.hpp"
#include "uring/ring-registry.hpp"
#include "uring/worker-ring.hpp"

namespace fuseloop::uring {

class EntryExchange {
 public:
  explicit EntryExchange(ring::RequestRing& ring);

  void start(device::WorkerBells& bells) { bells_ = &bells; }
  RingRegistry& rings() { return rings_; }
  KeeperPost& post() { return post_; }
  EntryTable& entries() { return entries_; }
  const EntryTable& entries() const { return entries_; }
  QueueLoads& loads() { return loads_; }

  /** Registers a free slot as an entry of a queue, by the ring's owner; false when there are as
   * many as there may be. @param home the worker that serves the queue */
  bool add(WorkerRing& ring, uint32_t owner, uint16_t queue, uint32_t home);
  /** The same for a queue that has no other entry: while a slot is free there is one. */
  bool addFirst(WorkerRing& ring, uint32_t owner, uint16_t queue, uint32_t home);
  /** More entries for the queue of one that a handler keeps, if few are left. */
  void grow(uint32_t index, uint32_t worker);
  /** Whether the queue of this entry does without it for long. */
  bool canSpare(uint32_t index) const;
  /** Nothing that was brought waits for a worker. */
  bool isAllBegun() const { return !ring_.hasQueued(); }
  /** Whether the kernel has all that loads() tells as registered by workers. */
  bool hasSubmittedRegistrations();
  /** Entries that the kernel has by this owner's ring. */
  std::vector<uint32_t> armedOn(uint32_t owner) const;

  /** Gives an entry to the kernel on this ring, by its owner: with the answer of what it brought,
   * if it did. */
  void arm(WorkerRing& ring, uint32_t owner, uint32_t index);
  /** The owner's bell completes a submission of the ring when it rings, once. */
  void watch(WorkerRing& ring, uint32_t owner);
  /** An entry's answer is written: off with it. @param worker whose thread this is, or kNoWorker */
  void commit(uint32_t index, uint32_t worker);
  /** True when the entry goes to the worker that serves its CPU, by that worker's own hand. */
  bool giveBack(uint32_t index);

  /** The kernel has it no more: it has brought a request, or not. */
  void takeBack(uint32_t index);
  /** What it has brought, or that it has brought nothing, is seen to. */
  void sawTo() {
    // Release: who sees none out sees the slots that they have filled.
    out_.fetch_sub(1, std::memory_order_release);
  }
  /** Entries are with the kernel, which ends each when the connection is over, or are back from it
   * and not seen to. */
  bool mayBring() const { return out_.load(std::memory_order_acquire) > 0; }
  /** It has brought none, for this (negative errno). */
  void lost(uint32_t index, int32_t result, uint32_t worker);

  /** Positive errno of a registration that the kernel has refused while a queue has no other entry:
   * then it brings nothing by any. 0: it does, or will. */
  int failure() const { return loads_.isAnyEmpty() ? failure_.load(std::memory_order_relaxed) : 0; }

 private:
  ring::RequestRing& ring_;
  KeeperPost post_;
  device::WorkerBells* bells_ = nullptr;
  EntryTable entries_;
  QueueLoads loads_;
  RingRegistry rings_;
  /** See mayBring(). */
  std::atomic<int32_t> out_{0};
  std::atomic<int> failure_{0};
};

}  // namespace fuseloop::uring
