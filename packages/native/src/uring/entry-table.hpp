// The entries that are registered with the kernel: each has the memory of one slot. What the kernel
// wrote there becomes a message as every other transport has it; an answer is written to where the
// kernel reads it. A request is served in its entry's own slot, or in another one (`aside`), which
// leaves the entry free to be answered while a handler is still at work. Rule: whoever has an entry
// in hand (taken from a completion, or the right to answer its request) alone touches it.

#pragma once

#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "device/transport.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::uring {

/** In a cache line of its own: neighbours may be other workers'. */
struct alignas(64) Entry {
  /** Of the kernel's, one for each possible CPU. */
  uint16_t queue = 0;
  /** Of the worker that serves that CPU; kNoWorker: the keeper. */
  uint32_t home = device::kNoWorker;
  /** On whose ring it was armed last. */
  std::atomic<uint32_t> ring{device::kNoWorker};
  /** The kernel has it, or is being given it. */
  std::atomic<bool> isArmed{false};
  /** Of the request that it brought last; 0 while it has brought none. */
  uint64_t commitId = 0;
  std::array<iovec, 2> buffers{};
};

class EntryTable {
 public:
  explicit EntryTable(ring::RequestRing& ring);

  Entry& operator[](uint32_t index) { return entries_[index]; }
  const Entry& operator[](uint32_t index) const { return entries_[index]; }

  /** Slots that neither entries nor what they bring take: for requests on /dev/fuse. */
  static constexpr uint32_t kSlotsForOthers = 24;

  /** So many that what each brings can have a slot too. */
  uint32_t most() const { return (ring_.slotCount() - kSlotsForOthers) / 2; }
  /** Whether one more may be added. */
  bool hasRoom() const { return count() < most() && ring_.freeSlots() > kSlotsForOthers; }
  /** A free slot becomes an entry of this queue; -1 when none is free. */
  int32_t add(uint16_t queue, uint32_t home);
  /** It is none any more: its slot is free. */
  void remove(uint32_t index);
  uint32_t count() const { return count_.load(std::memory_order_relaxed); }

  /** Before it is given to the kernel: nothing of what it brought is left. */
  void clear(uint32_t index);
  /** Whether the kernel has written a request there since clear(). */
  bool hasArrived(uint32_t index) const;
  /** Bytes of the whole message that has arrived; 0 of one that makes no sense. */
  size_t messageLength(uint32_t index) const;
  /** Puts the message that has arrived into a slot, its entry's own or another. */
  std::span<const uint8_t> place(uint32_t index, uint32_t slot, size_t length);

  /** Entry whose request a slot has. */
  std::optional<uint32_t> of(uint32_t slot) const;
  void bind(uint32_t slot, uint32_t index) {
    slots_[slot].entry.store(static_cast<int32_t>(index), std::memory_order_release);
  }
  void unbind(uint32_t slot) { slots_[slot].entry.store(kNone, std::memory_order_release); }
  /** Of a request that is served in its entry's slot: the answer is written, and goes out when the
   * slot is released. */
  bool isAnswered(uint32_t slot) const {
    return slots_[slot].isAnswered.load(std::memory_order_acquire);
  }
  void setAnswered(uint32_t slot, bool isAnswered) {
    slots_[slot].isAnswered.store(isAnswered, std::memory_order_release);
  }

  /** Writes what the kernel reads when the entry is committed. */
  void write(uint32_t index, const device::Reply& reply);

 private:
  static constexpr int32_t kNone = -1;
  /** What a slot serves. In a cache line of its own: neighbours may be other workers'. */
  struct alignas(64) Served {
    std::atomic<int32_t> entry{kNone};
    std::atomic<bool> isAnswered{false};
  };

  ring::RequestRing& ring_;
  std::array<Entry, ring::kMaxSlots> entries_;
  std::array<Served, ring::kMaxSlots> slots_;
  std::atomic<uint32_t> count_{0};
};

}  // namespace fuseloop::uring
