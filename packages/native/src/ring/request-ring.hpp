// Slots, their states and the queues of filled ones, over memory that JavaScript laid out
// (request-ring.ts). Rule: a slot belongs to whoever moved its state last, and only the owner
// touches its other words.

#pragma once

#include <cstdint>
#include <span>

#include "ring/ring-layout.hpp"
#include "ring/shared-word.hpp"
#include "ring/slot-queue.hpp"

namespace fuseloop::ring {

class RequestRing {
 public:
  /** @throws std::invalid_argument when the memory holds no ring, or one that it is too small for.
   */
  explicit RequestRing(std::span<uint8_t> memory);

  uint32_t slotCount() const { return slotCount_; }
  uint32_t workerCount() const { return workerCount_; }
  size_t payloadSize() const { return payloadSize_; }

  /** Their memory goes back to the system, and reads as zeros. When nobody uses them any more. */
  void discardSlots() const;
  /** Processes that this one starts do without the memory. */
  void keepFromChildren() const;
  uint8_t* slot(uint32_t index) const { return memory_ + slots_ + index * stride_; }
  std::atomic_ref<uint32_t> slotWord(uint32_t index, size_t offset) const {
    return word32(slot(index), offset);
  }
  std::atomic_ref<uint64_t> unique(uint32_t index) const {
    return word64(slot(index), slot::kUnique);
  }
  /** When its request came, CLOCK_MONOTONIC nanoseconds. */
  uint64_t filledAt(uint32_t index) const {
    return word64(slot(index), slot::kFilledAt).load(std::memory_order_relaxed);
  }
  /** For futex(2). */
  const uint32_t* workerWordAddress(uint32_t worker, size_t offset) const {
    return reinterpret_cast<const uint32_t*>(memory_ + workerPageOffset(worker) + offset);
  }
  std::atomic_ref<uint32_t> workerWord(uint32_t worker, size_t offset) const {
    return word32(memory_, workerPageOffset(worker) + offset);
  }
  std::atomic_ref<uint32_t> controlWord(size_t offset) const { return word32(memory_, offset); }
  std::atomic_ref<uint64_t> counter(size_t offset) const { return word64(memory_, offset); }
  std::atomic_ref<uint64_t> served(uint32_t worker) const {
    return word64(memory_, workerPageOffset(worker) + worker::kServed);
  }
  /** One more in a 64-bit count of the worker's page, which its own thread alone writes. */
  void countOf(uint32_t worker, size_t offset) const {
    auto count = word64(memory_, workerPageOffset(worker) + offset);
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /** A request has come, to a worker past the reader or to none. */
  void countRequest(uint32_t worker) const {
    if (worker < workerCount_) {
      countOf(worker, worker::kReceived);
    } else {
      counter(control::kRequests).fetch_add(1, std::memory_order_relaxed);
    }
  }
  void setElapsed(uint32_t worker, double nanoseconds) const;

  SlotQueue classQueue(uint32_t operationClass) const;
  SlotQueue workerQueue(uint32_t worker) const;

  /** free -> armed, lowest index first so that few payloads are ever touched; -1 when none is free.
   */
  int32_t arm();
  uint32_t freeSlots() const;
  /** So many free slots are not for requests of this class: data that is stuck leaves room for
   * metadata, and both leave room for control. */
  uint32_t keptFrom(uint32_t operationClass) const { return slotCount_ * operationClass / 16; }
  /** armed -> filled: publishes the request to whoever pops the slot. */
  void fill(uint32_t index, uint32_t opcode, uint32_t length, uint64_t unique, uint64_t now,
            bool interrupted = false);
  /** filled -> running; false when somebody else has answered it already: free it then. */
  bool claim(uint32_t index, uint32_t worker);
  /**
   * Whether somebody has taken the right to answer: of a running slot, that its handler is late.
   * Such a slot is in quarantine: nobody else may use its memory before the handler has settled.
   */
  bool isAnswered(uint32_t index) const;
  /** filled -> answered, without any worker; false when a worker has begun. */
  bool withdraw(uint32_t index);
  /** Any state -> free. Only when nobody, no late handler either, can touch the slot any more. */
  void release(uint32_t index);
  /** Gives an unanswered request that the kernel has sent again its new unique; false when it has
   * been answered meanwhile. */
  bool renew(uint32_t index, uint64_t unique, uint64_t renewed);
  /** Slot of the unanswered request with this unique, or -1. */
  int32_t findUnique(uint64_t unique) const;

  /** Milliseconds from reading to the deadline of an opcode's requests; 0 for none. */
  uint32_t timeout(uint32_t opcode) const;
  InterruptRule interruptRule(uint32_t opcode) const;
  /** Positive errno for clients whose requests pass their deadline. */
  int32_t timeoutErrno() const;

  /** Whether a handler of this opcode has ever returned a promise. */
  bool isAsync(uint32_t opcode) const;
  /** Whether INIT granted this flag, by its bit number. */
  bool isGranted(uint32_t bit) const;

  SessionState state() const;
  void setState(SessionState state);
  /** True while any shared queue holds a slot. */
  bool hasQueued() const;
  /** How many have left the shared queues, modulo 2^32. */
  uint32_t takenSlots() const;
  /** How many are in the shared queues, about. */
  uint32_t queuedSlots() const;

 private:
  uint32_t bitmapWords() const { return (slotCount_ + 31) / 32; }

  uint8_t* memory_;
  uint32_t slotCount_;
  uint32_t workerCount_;
  size_t payloadSize_;
  size_t stride_;
  size_t slots_;
};

}  // namespace fuseloop::ring
