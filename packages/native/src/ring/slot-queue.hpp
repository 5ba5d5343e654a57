// Bounded queue of slot indexes for many producers and consumers, over cells in the shared memory
// (after Dmitry Vyukov's bounded MPMC queue); the twin of slot-queue.ts.
// A queue never overflows: it has a cell for every slot, and a slot stands in one queue at most.

#pragma once

#include <cstdint>

#include "ring/ring-layout.hpp"
#include "ring/shared-word.hpp"

namespace fuseloop::ring {

class SlotQueue {
 public:
  SlotQueue(uint8_t* memory, size_t positions, size_t cells)
      : memory_(memory),
        enqueue_(positions + queue::kEnqueue),
        dequeue_(positions + queue::kDequeue),
        cells_(cells) {}

  void push(uint32_t slot) {
    auto enqueue = word32(memory_, enqueue_);
    for (;;) {
      uint32_t position = enqueue.load(std::memory_order_relaxed);
      size_t cell = cellOf(position);
      // Acquire: pairs with the release in pop(); the cell is ours once its last reader has left
      // it.
      uint32_t sequence = word32(memory_, cell).load(std::memory_order_acquire);
      if (sequence != position) continue;
      if (!enqueue.compare_exchange_weak(position, position + 1, std::memory_order_relaxed))
        continue;
      word32(memory_, cell + queue::kCellValue).store(slot, std::memory_order_relaxed);
      // Seq_cst publishes the value to pop() and orders it before the reader's look at sleeping
      // workers.
      word32(memory_, cell).store(position + 1, std::memory_order_seq_cst);
      return;
    }
  }

  /** A slot index, or -1 when the queue is empty. */
  int32_t pop() {
    auto dequeue = word32(memory_, dequeue_);
    for (;;) {
      uint32_t position = dequeue.load(std::memory_order_relaxed);
      size_t cell = cellOf(position);
      // Acquire: pairs with push(); the value is readable once the sequence says so.
      auto lead = static_cast<int32_t>(word32(memory_, cell).load(std::memory_order_acquire) -
                                       (position + 1));
      if (lead < 0) return -1;
      if (lead > 0) continue;
      if (!dequeue.compare_exchange_weak(position, position + 1, std::memory_order_relaxed))
        continue;
      uint32_t slot = word32(memory_, cell + queue::kCellValue).load(std::memory_order_relaxed);
      // Release hands the cell to the push() one round later.
      word32(memory_, cell).store(position + queue::kCapacity, std::memory_order_release);
      return static_cast<int32_t>(slot);
    }
  }

  /** Seq_cst, so that a worker which has announced its sleep cannot miss a push (see
   * DeviceReader::wakeOne). */
  bool empty() const {
    uint32_t position = word32(memory_, dequeue_).load(std::memory_order_seq_cst);
    uint32_t sequence = word32(memory_, cellOf(position)).load(std::memory_order_seq_cst);
    return static_cast<int32_t>(sequence - (position + 1)) < 0;
  }

  /** How many are in it, about: others may push and pop meanwhile. */
  uint32_t length() const {
    const uint32_t dequeued = taken();
    return word32(memory_, enqueue_).load(std::memory_order_relaxed) - dequeued;
  }
  /** How many have left it, modulo 2^32. */
  uint32_t taken() const { return word32(memory_, dequeue_).load(std::memory_order_relaxed); }

 private:
  size_t cellOf(uint32_t position) const {
    return cells_ + (position & (queue::kCapacity - 1)) * queue::kCellByteLength;
  }

  uint8_t* memory_;
  size_t enqueue_;
  size_t dequeue_;
  size_t cells_;
};

}  // namespace fuseloop::ring
