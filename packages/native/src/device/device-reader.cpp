#include "device/device-reader.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/monotonic-clock.hpp"
#include "device/lock-ends.hpp"

namespace fuseloop::device {

namespace control = ring::control;
using ring::InterruptRule;
using std::chrono::steady_clock;

namespace {

/** How long a filled slot may wait before another sleeping worker is woken for it, and forgotten
 * nodes for others. */
constexpr int kImpatienceMs = 2;
/** How often a reader without a free slot looks again; a freed slot rings it at once. */
constexpr int kSlotWaitMs = 100;
/** Nodes in one message to a worker: its records fit the smallest payload. */
constexpr size_t kForgottenMost = 100;
/** Without any live worker for so long, what is queued gets EIO. */
constexpr auto kOrphanedAfter = std::chrono::seconds(5);

}  // namespace

DeviceReader::DeviceReader(ReaderParts parts)
    : parts_(std::move(parts)),
      spare_(ring::kPageSize - ring::slot::kRequest + parts_.ring.payloadSize()),
      lastAlive_(steady_clock::now()) {}

int DeviceReader::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    int32_t slot = parts_.ring.arm();
    std::span<uint8_t> room = target(slot);
    ssize_t count = readOne(stop, room);
    if (count < 0) {
      if (slot >= 0) parts_.ring.release(static_cast<uint32_t>(slot));
      return count == -ECANCELED ? 0 : static_cast<int>(count);
    }
    auto message = room.first(static_cast<size_t>(count));
    if (message.size() < sizeof(InHeader) || answeredHere(message)) {
      if (slot >= 0) parts_.ring.release(static_cast<uint32_t>(slot));
      if (parts_.nodes.forgottenCount() >= kForgottenMost) deliverForgotten();
      continue;
    }
    if (slot < 0) {
      slot = waitForSlot(stop);
      if (slot < 0) return 0;
      std::ranges::copy(message, target(slot).begin());
      message = target(slot).first(message.size());
    }
    publish(static_cast<uint32_t>(slot), message);
  }
  return 0;
}

std::span<uint8_t> DeviceReader::target(int32_t slot) {
  if (slot < 0) return spare_;
  return {parts_.ring.slot(static_cast<uint32_t>(slot)) + ring::slot::kRequest, spare_.size()};
}

ssize_t DeviceReader::readOne(const std::stop_token& stop, std::span<uint8_t> room) {
  for (;;) {
    ssize_t count = parts_.device.read(room);
    if (count != -EAGAIN) return count;
    std::array<pollfd, 2> fds{{{parts_.device.pollFd(), POLLIN, 0}, {parts_.bell.fd(), POLLIN, 0}}};
    bool isImpatient = parts_.ring.hasQueued() || forgottenWait_;
    int ready = ::poll(fds.data(), fds.size(), isImpatient ? kImpatienceMs : -1);
    if (ready == 0 && parts_.ring.hasQueued()) tend();
    if (ready == 0 && forgottenWait_) deliverForgotten();
    if (fds[1].revents != 0) parts_.bell.drain();
    if (stop.stop_requested()) return -ECANCELED;
  }
}

/** Messages that no worker sees: the reader is done with them on return. */
bool DeviceReader::answeredHere(std::span<const uint8_t> message) {
  auto header = loadWire<InHeader>(message.data(), 0);
  switch (header.opcode) {
    case kOpForget:
    case kOpBatchForget:
      forget(message);
      return true;
    case kOpInterrupt:
      interrupt(message);
      return true;
    case kOpNotifyReply:
      parts_.notifier.retrieved(message);
      return true;
    case kOpDestroy:
      parts_.replies.answerUnique(header.unique, 0);
      return true;
    default:
      break;
  }
  if (!parts_.selfAccess.refuses(header.pid)) return false;
  parts_.replies.answerUnique(header.unique, -EDEADLK);
  return true;
}

void DeviceReader::forget(std::span<const uint8_t> message) {
  auto header = loadWire<InHeader>(message.data(), 0);
  constexpr size_t kBody = sizeof(InHeader);
  if (message.size() < kBody + 8) return;
  uint64_t count = 1;
  if (header.opcode == kOpForget) {
    forgetNode(header.nodeid, loadWire<uint64_t>(message.data(), kBody));
  } else {
    count = loadWire<uint32_t>(message.data(), kBody);
    count = std::min<uint64_t>(count, (message.size() - kBody - 8) / sizeof(ForgetOne));
    for (uint64_t index = 0; index < count; ++index) {
      auto one = loadWire<ForgetOne>(message.data(), kBody + 8 + index * sizeof(ForgetOne));
      forgetNode(one.nodeid, one.count);
    }
  }
  forgottenWait_ = parts_.nodes.forgottenCount() > 0;
  parts_.ring.counter(control::kForgets).fetch_add(count, std::memory_order_relaxed);
}

void DeviceReader::forgetNode(uint64_t nodeid, uint64_t count) {
  parts_.nodes.forget(nodeid, count);
  if (parts_.locks.held() > 0 && parts_.nodes.lookupCount(nodeid) == 0) parts_.locks.forget(nodeid);
}

/**
 * A single reader has always seen the request before its INTERRUPT: one that is not found was
 * answered. Its operation's rule says what becomes of it.
 */
void DeviceReader::interrupt(std::span<const uint8_t> message) {
  parts_.ring.counter(control::kInterrupts).fetch_add(1, std::memory_order_relaxed);
  if (message.size() < sizeof(InHeader) + 8) return;
  auto unique = loadWire<uint64_t>(message.data(), sizeof(InHeader));
  int32_t found = parts_.ring.findUnique(unique);
  if (found < 0) {
    if (parts_.locks.cancel(unique)) parts_.replies.answerUnique(unique, -EINTR);
    return;
  }
  auto slot = static_cast<uint32_t>(found);
  uint32_t opcode = parts_.ring.slotWord(slot, ring::slot::kOpcode).load(std::memory_order_relaxed);
  InterruptRule rule = parts_.ring.interruptRule(opcode);
  if (rule == InterruptRule::kIgnore) return;
  // Seq_cst with the worker's load in request-context.ts; set before anyone is told.
  parts_.ring.slotWord(slot, ring::slot::kInterrupted).store(1, std::memory_order_seq_cst);
  // After the mark: a worker that has parked the request meanwhile looks at it (Session::park).
  if (parts_.locks.cancel(unique)) {
    parts_.replies.answerUnique(unique, -EINTR);
    return;
  }
  if (rule >= InterruptRule::kCancel && parts_.ring.withdraw(slot)) {
    parts_.replies.answerError(slot, -EINTR);
    return;
  }
  // The slot stays its handler's.
  if (rule == InterruptRule::kAnswer) parts_.replies.answerError(slot, -EINTR);
  uint32_t owner = parts_.ring.slotWord(slot, ring::slot::kOwner).load(std::memory_order_acquire);
  if (owner >= parts_.ring.workerCount()) return;
  parts_.ring.workerWord(owner, ring::worker::kInterrupts).fetch_add(1, std::memory_order_release);
  parts_.bells.ring(owner);
}

/** A free slot for a message that is held in `spare_`; -1 when the thread must end. */
int32_t DeviceReader::waitForSlot(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    // Seq_cst, then look: pairs with Session::release, which frees and then looks at this flag.
    parts_.waitsForSlot.store(true, std::memory_order_seq_cst);
    int32_t slot = parts_.ring.arm();
    if (slot >= 0) {
      parts_.waitsForSlot.store(false, std::memory_order_relaxed);
      return slot;
    }
    std::array<pollfd, 2> fds{{{parts_.device.pollFd(), 0, 0}, {parts_.bell.fd(), POLLIN, 0}}};
    int ready = ::poll(fds.data(), fds.size(), kSlotWaitMs);
    if (ready == 0) tend();
    if (fds[1].revents != 0) parts_.bell.drain();
    if ((fds[0].revents & (POLLERR | POLLHUP)) != 0) return -1;
  }
  return -1;
}

void DeviceReader::publish(uint32_t slot, std::span<const uint8_t> message) {
  auto header = loadWire<InHeader>(message.data(), 0);
  parts_.ring.counter(control::kRequests).fetch_add(1, std::memory_order_relaxed);
  const uint64_t now = base::monotonicNanoseconds();
  parts_.requests.begin(slot, header.unique, header.nodeid, header.opcode);
  parts_.ring.fill(slot, header.opcode, static_cast<uint32_t>(message.size()), header.unique, now);
  if (const uint32_t timeoutMs = parts_.ring.timeout(header.opcode); timeoutMs != 0)
    parts_.watchdog.watch(now + timeoutMs * uint64_t{1'000'000});
  if (auto handle = parts_.routing.objectHandle(message, header.opcode)) {
    if (parts_.sendToWorker(*handle, slot)) return;
    // The worker that kept the object is gone, and so is the object; closing it is no error.
    endLocksOf(parts_.locks, message);
    bool release = header.opcode == kOpRelease || header.opcode == kOpReleaseDir;
    parts_.replies.answerError(slot, release ? 0 : -EIO);
    parts_.ring.release(slot);
    return;
  }
  if (sendToKeeper(slot, message, header.opcode)) return;
  parts_.ring.classQueue(parts_.routing.operationClass(header.opcode)).push(slot);
  parts_.bells.wakeOne();
}

/** A request on a node that no name leads to goes to whose object is open on it: any other worker
 * could not tell what is meant. */
bool DeviceReader::sendToKeeper(uint32_t slot, std::span<const uint8_t> message, uint32_t opcode) {
  const uint32_t offset = parts_.routing.unnamedNode(opcode);
  if (offset == 0 || offset + 8 > message.size() || !parts_.openFiles.hasObjects()) return false;
  auto nodeid = loadWire<uint64_t>(message.data(), offset);
  auto opened = parts_.openFiles.find(nodeid);
  if (!opened || !opened->isObject() || parts_.nodes.parent(nodeid) != 0) return false;
  return parts_.sendToWorker(*objectOf(opened->high), slot);
}

/** Hands all forgotten nodes to workers. The kernel tells of them one by one when we read faster
 * than it forgets, so they are kept until there are many or the reader has nothing to do. */
void DeviceReader::deliverForgotten() {
  forgottenWait_ = false;
  while (parts_.nodes.forgottenCount() > 0) {
    int32_t slot = parts_.ring.arm();
    forgottenWait_ = slot < 0;
    if (slot < 0) return;
    publishForgotten(static_cast<uint32_t>(slot), parts_.nodes.takeForgotten(kForgottenMost));
  }
}

/** A message of our own: see decodeForgotten() in forget-operation.ts. */
void DeviceReader::publishForgotten(uint32_t slot, const std::vector<node::ForgottenNode>& nodes) {
  constexpr size_t kRecord = 16 + 64;
  std::span<uint8_t> room = target(static_cast<int32_t>(slot));
  size_t length = sizeof(InHeader) + 8 + nodes.size() * kRecord;
  std::fill_n(room.begin(), length, uint8_t{0});
  InHeader header{};
  header.length = static_cast<uint32_t>(length);
  header.opcode = kOpBatchForget;
  std::memcpy(room.data(), &header, sizeof header);
  auto count = static_cast<uint32_t>(nodes.size());
  std::memcpy(room.data() + sizeof header, &count, sizeof count);
  uint8_t* record = room.data() + sizeof header + 8;
  for (const node::ForgottenNode& node : nodes) {
    auto identityLength = static_cast<uint32_t>(std::min<size_t>(node.identity.size(), 64));
    std::memcpy(record, &node.nodeid, 8);
    std::memcpy(record + 8, &identityLength, 4);
    std::memcpy(record + 16, node.identity.data(), identityLength);
    record += kRecord;
  }
  parts_.ring.fill(slot, kOpBatchForget, header.length, 0, base::monotonicNanoseconds());
  parts_.ring.classQueue(parts_.routing.operationClass(kOpBatchForget)).push(slot);
  parts_.bells.wakeOne();
}

/** Called when filled slots wait although nothing arrives: whoever was woken for them is busy, or
 * dead. */
void DeviceReader::tend() {
  parts_.bells.wakeOne();
  bool anyAlive = false;
  for (uint32_t worker = 0; worker < parts_.ring.workerCount(); ++worker) {
    anyAlive |=
        parts_.ring.workerWord(worker, ring::worker::kAlive).load(std::memory_order_acquire) != 0;
  }
  auto now = steady_clock::now();
  if (anyAlive) lastAlive_ = now;
  if (now - lastAlive_ < kOrphanedAfter) return;
  for (uint32_t operationClass = 0; operationClass < ring::kClassCount; ++operationClass) {
    ring::SlotQueue queue = parts_.ring.classQueue(operationClass);
    for (int32_t slot = queue.pop(); slot >= 0; slot = queue.pop()) {
      parts_.replies.answerError(static_cast<uint32_t>(slot), -EIO);
      parts_.ring.release(static_cast<uint32_t>(slot));
    }
  }
}

}  // namespace fuseloop::device
