#include "ring/request-ring.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace fuseloop::ring {

namespace {

/** What malloc(3) of glibc maps by itself, and unmaps, whatever it has learnt: beyond
 * DEFAULT_MMAP_THRESHOLD_MAX. Advice on smaller memory would stay with the heap. */
constexpr size_t kOwnMapping = size_t{64} << 20;

}  // namespace

RequestRing::RequestRing(std::span<uint8_t> memory) : memory_(memory.data()) {
  if (memory.size() < kPageSize || word32(memory_, control::kMagic).load() != kMagic ||
      word32(memory_, control::kVersion).load() != kVersion) {
    throw std::invalid_argument("the memory holds no request ring of this version");
  }
  slotCount_ = word32(memory_, control::kSlotCount).load();
  workerCount_ = word32(memory_, control::kWorkerCount).load();
  payloadSize_ = word32(memory_, control::kPayloadSize).load();
  stride_ = kPageSize + payloadSize_;
  slots_ = slotsOffset(workerCount_);
  if (slotCount_ == 0 || slotCount_ > kMaxSlots || workerCount_ == 0 ||
      workerCount_ > kMaxWorkers || memory.size() < slots_ + slotCount_ * stride_) {
    throw std::invalid_argument("the memory is too small for its request ring");
  }
}

/** fork(2) counts a mapping once more than it is: of neighbouring rings, which are one to the
 * kernel, more than there is memory, and then nothing can be started any more. */
void RequestRing::keepFromChildren() const {
  const size_t length = slots_ + slotCount_ * stride_;
  if (length >= kOwnMapping) ::madvise(memory_, length, MADV_DONTFORK);
}

/** Failures (memory that is not page aligned, in tests) leave it as it was. */
void RequestRing::discardSlots() const {
  ::madvise(memory_ + slots_, slotCount_ * stride_, MADV_DONTNEED);
}

void RequestRing::setElapsed(uint32_t worker, double nanoseconds) const {
  word64(memory_, workerPageOffset(worker) + worker::kElapsed)
      .store(std::bit_cast<uint64_t>(nanoseconds), std::memory_order_relaxed);
}

SlotQueue RequestRing::classQueue(uint32_t operationClass) const {
  return {memory_, control::kQueues + operationClass * queue::kByteLength,
          queueCellsOffset(workerCount_, operationClass)};
}

SlotQueue RequestRing::workerQueue(uint32_t worker) const {
  size_t page = workerPageOffset(worker);
  return {memory_, page + worker::kQueue, page + worker::kCells};
}

int32_t RequestRing::arm() {
  for (uint32_t group = 0; group < bitmapWords(); ++group) {
    auto bitmap = word32(memory_, control::kFreeBitmap + group * 4);
    // Acquire: pairs with release(); what the slot's last owner did is over.
    uint32_t bits = bitmap.load(std::memory_order_acquire);
    while (bits != 0 &&
           !bitmap.compare_exchange_weak(bits, bits & (bits - 1), std::memory_order_acq_rel)) {
    }
    if (bits == 0) continue;
    auto bit = static_cast<uint32_t>(std::countr_zero(bits));
    uint32_t index = group * 32 + bit;
    slotWord(index, slot::kState)
        .store(static_cast<uint32_t>(SlotState::kArmed), std::memory_order_relaxed);
    return static_cast<int32_t>(index);
  }
  return -1;
}

uint32_t RequestRing::freeSlots() const {
  int count = 0;
  for (uint32_t group = 0; group < bitmapWords(); ++group) {
    count += std::popcount(
        word32(memory_, control::kFreeBitmap + group * 4).load(std::memory_order_relaxed));
  }
  return static_cast<uint32_t>(count);
}

void RequestRing::fill(uint32_t index, uint32_t opcode, uint32_t length, uint64_t uniqueId,
                       uint64_t now, bool interrupted) {
  slotWord(index, slot::kOpcode).store(opcode, std::memory_order_relaxed);
  slotWord(index, slot::kRequestLength).store(length, std::memory_order_relaxed);
  slotWord(index, slot::kInterrupted).store(interrupted ? 1 : 0, std::memory_order_relaxed);
  word64(slot(index), slot::kFilledAt).store(now, std::memory_order_relaxed);
  // Release: pairs with the watchdog, which reads opcode and time of what it finds by its unique.
  unique(index).store(uniqueId, std::memory_order_release);
  // Release: pairs with claim(); the request and the words above come before it.
  slotWord(index, slot::kState)
      .store(static_cast<uint32_t>(SlotState::kFilled), std::memory_order_release);
}

bool RequestRing::claim(uint32_t index, uint32_t worker) {
  // Only the worker that popped the slot comes here, so the owner may be named before the state
  // says so.
  slotWord(index, slot::kOwner).store(worker, std::memory_order_relaxed);
  auto expected = static_cast<uint32_t>(SlotState::kFilled);
  return slotWord(index, slot::kState)
             .compare_exchange_strong(expected, static_cast<uint32_t>(SlotState::kRunning),
                                      std::memory_order_acq_rel) &&
         !isAnswered(index);
}

bool RequestRing::isAnswered(uint32_t index) const {
  return unique(index).load(std::memory_order_acquire) == 0 &&
         slotWord(index, slot::kOpcode).load(std::memory_order_relaxed) != kForgottenOpcode;
}

bool RequestRing::withdraw(uint32_t index) {
  auto expected = static_cast<uint32_t>(SlotState::kFilled);
  return slotWord(index, slot::kState)
      .compare_exchange_strong(expected, static_cast<uint32_t>(SlotState::kAnswered),
                               std::memory_order_acq_rel);
}

void RequestRing::release(uint32_t index) {
  slotWord(index, slot::kState)
      .store(static_cast<uint32_t>(SlotState::kFree), std::memory_order_relaxed);
  // Release: pairs with arm().
  word32(memory_, control::kFreeBitmap + index / 32 * 4)
      .fetch_or(1u << (index % 32), std::memory_order_seq_cst);
}

bool RequestRing::renew(uint32_t index, uint64_t uniqueId, uint64_t renewed) {
  return unique(index).compare_exchange_strong(uniqueId, renewed, std::memory_order_acq_rel);
}

int32_t RequestRing::findUnique(uint64_t uniqueId) const {
  // Of slots without a request.
  if (uniqueId == 0) return -1;
  for (uint32_t index = 0; index < slotCount_; ++index) {
    if (unique(index).load(std::memory_order_acquire) == uniqueId)
      return static_cast<int32_t>(index);
  }
  return -1;
}

bool RequestRing::isGranted(uint32_t bit) const {
  const size_t word = bit < 32 ? control::kFlagsLow : control::kFlagsHigh;
  return (word32(memory_, word).load(std::memory_order_relaxed) >> (bit & 31) & 1) != 0;
}

uint32_t RequestRing::timeout(uint32_t opcode) const {
  if (opcode >= kRuleCount) return 0;
  return word32(memory_, control::kTimeouts + opcode * 4).load(std::memory_order_relaxed);
}

InterruptRule RequestRing::interruptRule(uint32_t opcode) const {
  if (opcode >= kRuleCount) return InterruptRule::kSignal;
  // Written before the reader starts.
  return static_cast<InterruptRule>(memory_[control::kInterruptRules + opcode]);
}

int32_t RequestRing::timeoutErrno() const {
  return static_cast<int32_t>(
      word32(memory_, control::kTimeoutErrno).load(std::memory_order_relaxed));
}

bool RequestRing::isAsync(uint32_t opcode) const {
  if (opcode >= kRuleCount) return false;
  const size_t word = opcode < 32 ? control::kAsyncLow : control::kAsyncHigh;
  return (word32(memory_, word).load(std::memory_order_relaxed) >> (opcode & 31) & 1) != 0;
}

SessionState RequestRing::state() const {
  return static_cast<SessionState>(
      word32(memory_, control::kState).load(std::memory_order_acquire));
}

void RequestRing::setState(SessionState state) {
  word32(memory_, control::kState).store(static_cast<uint32_t>(state), std::memory_order_release);
}

bool RequestRing::hasQueued() const {
  for (uint32_t operationClass = 0; operationClass < kClassCount; ++operationClass) {
    if (!classQueue(operationClass).empty()) return true;
  }
  return false;
}

uint32_t RequestRing::queuedSlots() const {
  uint32_t queued = 0;
  for (uint32_t operationClass = 0; operationClass < kClassCount; ++operationClass)
    queued += classQueue(operationClass).length();
  return queued;
}

uint32_t RequestRing::takenSlots() const {
  uint32_t taken = 0;
  for (uint32_t operationClass = 0; operationClass < kClassCount; ++operationClass)
    taken += classQueue(operationClass).taken();
  return taken;
}

}  // namespace fuseloop::ring
