#include "device/input-queue.hpp"

#include <algorithm>

namespace fuseloop::device {

namespace {

/** FUSE_REQ_ID_STEP: bit 0 stands for INTERRUPT. */
constexpr uint64_t kUniqueStep = 2;
constexpr uint64_t kInterruptBit = 1;
/** FUSE_UNIQUE_RESEND. */
constexpr uint64_t kResendBit = uint64_t{1} << 63;
constexpr uint32_t kMinorWithBatchForget = 16;

size_t writeHeader(std::span<uint8_t> target, InHeader header) {
  std::memcpy(target.data(), &header, sizeof header);
  return sizeof header;
}

template <typename T>
size_t append(std::span<uint8_t> target, size_t offset, const T& value) {
  std::memcpy(target.data() + offset, &value, sizeof value);
  return offset + sizeof value;
}

}  // namespace

uint64_t InputQueue::nextUnique() { return lastUnique_ += kUniqueStep; }

void InputQueue::append(RequestList& from, RequestRef request) {
  // NOTIFY_REPLY goes by the daemon's own unique (fs/fuse/dev.c fuse_dev_queue_req()).
  if (request->expectsReply()) request->setUnique(nextUnique());
  request->place = RequestPlace::kPending;
  pending_.splice(pending_.end(), from, request);
  readiness_.raise();
}

void InputQueue::putBack(RequestList& requests) {
  if (requests.empty()) return;
  for (QueueRequest& request : requests) {
    request.setUnique(request.unique() | kResendBit);
    request.place = RequestPlace::kPending;
  }
  pending_.splice(pending_.begin(), requests);
  readiness_.raise();
}

void InputQueue::queueInterrupt(RequestRef request) {
  if (request->hasInterruptQueued) return;
  request->hasInterruptQueued = true;
  interrupts_.push_back(request);
  readiness_.raise();
}

void InputQueue::dropInterrupt(RequestRef request) {
  if (!request->hasInterruptQueued) return;
  request->hasInterruptQueued = false;
  std::erase(interrupts_, request);
}

void InputQueue::queueForget(ForgetOne forget) {
  forgets_.push_back(forget);
  readiness_.raise();
}

InputQueue::Turn InputQueue::nextTurn() {
  if (!interrupts_.empty()) return Turn::kInterrupt;
  if (!forgets_.empty()) {
    if (pending_.empty() || forgetBatch_-- > 0) return Turn::kForget;
    if (forgetBatch_ <= -kRequestsInARow) forgetBatch_ = kForgetsInARow;
  }
  return pending_.empty() ? Turn::kNothing : Turn::kRequest;
}

size_t InputQueue::readInterrupt(std::span<uint8_t> target) {
  RequestRef request = interrupts_.front();
  interrupts_.pop_front();
  request->hasInterruptQueued = false;
  uint64_t unique = request->unique();
  InHeader header{};
  header.length = sizeof header + sizeof unique;
  header.opcode = kOpInterrupt;
  header.unique = unique | kInterruptBit;
  return device::append(target, writeHeader(target, header), unique);
}

size_t InputQueue::readForget(std::span<uint8_t> target, uint32_t minor) {
  bool isSingle = minor < kMinorWithBatchForget || forgets_.size() == 1;
  return isSingle ? readSingleForget(target) : readBatchForget(target);
}

size_t InputQueue::readSingleForget(std::span<uint8_t> target) {
  ForgetOne forget = forgets_.front();
  forgets_.pop_front();
  InHeader header{};
  header.length = sizeof header + sizeof forget.count;
  header.opcode = kOpForget;
  header.unique = nextUnique();
  header.nodeid = forget.nodeid;
  return device::append(target, writeHeader(target, header), forget.count);
}

size_t InputQueue::readBatchForget(std::span<uint8_t> target) {
  size_t room = (target.size() - sizeof(InHeader) - 8) / sizeof(ForgetOne);
  size_t count = std::min(room, forgets_.size());
  InHeader header{};
  header.length = static_cast<uint32_t>(sizeof header + 8 + count * sizeof(ForgetOne));
  header.opcode = kOpBatchForget;
  header.unique = nextUnique();
  size_t length = writeHeader(target, header);
  length = device::append(target, length, uint64_t{count});
  for (size_t index = 0; index < count; ++index) {
    length = device::append(target, length, forgets_[index]);
  }
  forgets_.erase(forgets_.begin(), forgets_.begin() + static_cast<ptrdiff_t>(count));
  return length;
}

void InputQueue::end() {
  interrupts_.clear();
  forgets_.clear();
  readiness_.end();
}

}  // namespace fuseloop::device
