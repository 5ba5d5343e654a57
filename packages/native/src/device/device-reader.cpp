#include "device/device-reader.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/monotonic-clock.hpp"

namespace fuseloop::device {

namespace control = ring::control;

namespace {

/** How often a reader without a free slot looks again; a freed slot rings it at once. */
constexpr int kSlotWaitMs = 100;
/** Nodes in one message to a worker: its records fit the smallest payload. */
constexpr size_t kForgottenMost = 100;
/** Without any live worker for so long, what is queued gets EIO. */
constexpr uint64_t kOrphanedAfterNs = 5'000'000'000;

/** Of two timeouts of poll(2). */
int sooner(int one, int other) {
  if (one < 0) return other;
  return other < 0 ? one : std::min(one, other);
}

}  // namespace

DeviceReader::DeviceReader(ReaderParts parts)
    : parts_(std::move(parts)),
      intake_(parts_),
      pace_(parts_.bells),
      forgets_(parts_.ring, parts_.nodes, parts_.locks, parts_.writes),
      spare_(ring::kPageSize - ring::slot::kRequest + parts_.ring.payloadSize()) {}

int DeviceReader::run(const std::stop_token& stop) {
  const int reason = drain(stop);
  pace_.end();
  return reason;
}

int DeviceReader::drain(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    intake_.placeHeld();
    // What is held has the first turn.
    const int32_t slot = intake_.held().empty() ? parts_.ring.arm() : -1;
    std::span<uint8_t> room = target(slot);
    const ssize_t count = readOne(stop, room);
    if (count < 0) {
      if (slot >= 0) parts_.ring.release(static_cast<uint32_t>(slot));
      if (count == -EAGAIN) continue;
      return count == -ECANCELED ? 0 : static_cast<int>(count);
    }
    auto message = room.first(static_cast<size_t>(count));
    if (message.size() < sizeof(InHeader) || answeredHere(message)) {
      if (slot >= 0) parts_.ring.release(static_cast<uint32_t>(slot));
      if (parts_.nodes.forgottenCount() >= kForgottenMost) deliverForgotten();
      continue;
    }
    intake_.accept(slot, message);
  }
  return 0;
}

std::span<uint8_t> DeviceReader::target(int32_t slot) {
  if (slot < 0) return spare_;
  return {parts_.ring.slot(static_cast<uint32_t>(slot)) + ring::slot::kRequest, spare_.size()};
}

/** -EAGAIN when it is time to look after what is held, -ECANCELED when the thread must end. */
ssize_t DeviceReader::readOne(const std::stop_token& stop, std::span<uint8_t> room) {
  for (;;) {
    tendIntake();
    if (mayRead() && (isOver() || pace_.triesToRead())) {
      const ssize_t count = parts_.device.read(room);
      pace_.noteRead(count != -EAGAIN);
      if (count != -EAGAIN) return count;
    }
    const bool hasHeld = !intake_.held().empty();
    if (hasHeld) {
      // Seq_cst, then look: pairs with Session::release, which frees and then looks at this flag.
      parts_.waitsForSlot.store(true, std::memory_order_seq_cst);
      if (intake_.placeHeld()) {
        parts_.waitsForSlot.store(false, std::memory_order_relaxed);
        return -EAGAIN;
      }
    }
    wait();
    if (stop.stop_requested()) return -ECANCELED;
    if (hasHeld) return -EAGAIN;
  }
}

void DeviceReader::tendIntake() {
  const uint64_t due = std::min(intake_.held().nearest(), intake_.asksAt());
  if (due == HeldRequests::kNever) return;
  const uint64_t now = base::monotonicNanoseconds();
  intake_.passHeld(now);
  intake_.askAgain(now);
}

void DeviceReader::wait() {
  letForgetsGather();
  const int watchedMs = parts_.transport.watchedFor();
  const short events = intake_.held().isFull() ? short{0} : short{POLLIN};
  // Filled slots and forgotten nodes; an INTERRUPT that comes behind such nodes waits with them.
  const bool looksSoon = parts_.ring.hasQueued() || forgottenWait_;
  const bool isLimited = looksSoon && !pace_.ensureTick();
  // Every request would wake us, whatever we ask for: poll(2) has no place for one who watches the
  // end only.
  std::array<pollfd, 3> fds{{{watchedMs < 0 ? parts_.device.pollFd() : -1, events, 0},
                             {parts_.bell.fd(), POLLIN, 0},
                             {pace_.tickFd(), POLLIN, 0}}};
  const int ready =
      ::poll(fds.data(), fds.size(),
             sooner(sooner(isLimited ? ReaderPace::kTickMs : -1, heldMs()), watchedMs));
  hasEnded_ = (fds[0].revents & (POLLERR | POLLHUP)) != 0;
  pace_.noteWait((fds[0].revents & POLLIN) != 0, isLimited);
  const bool hasTicked = fds[2].revents != 0;
  if (hasTicked) pace_.takeTick();
  if (parts_.ring.hasQueued() || !intake_.held().empty())
    tend(ready == 0 || (hasTicked && isStuck()));
  if ((ready == 0 || hasTicked) && forgottenWait_) deliverForgotten();
  if (fds[1].revents == 0) return;
  parts_.bell.drain();
  readInbox();
  forgottenWait_ = forgets_.hasUntold();
}

/** Whether no worker has taken anything since the last look. */
bool DeviceReader::isStuck() {
  const uint32_t taken = parts_.ring.takenSlots();
  return std::exchange(taken_, taken) == taken;
}

/** The kernel wakes us for each forgotten node, but tells of all that there are at once
 * (fs/fuse/dev.c fuse_read_batch_forget()). No client waits for it. */
void DeviceReader::letForgetsGather() {
  const bool more = std::exchange(tookForget_, false);
  if (!more || !parts_.transport.sparesDevice()) return;
  if (parts_.ring.hasQueued() || !intake_.held().empty()) return;
  pollfd bell{parts_.bell.fd(), POLLIN, 0};
  ::poll(&bell, 1, ReaderPace::kTickMs);
}

void DeviceReader::readInbox() {
  for (const std::vector<uint8_t>& message : parts_.inbox.take()) {
    if (message.size() >= sizeof(InHeader) && !answeredHere(message)) intake_.accept(-1, message);
  }
}

/** With as many held as may be, the rest waits in the kernel; but an end is always learnt. */
bool DeviceReader::mayRead() const {
  if (isOver()) return true;
  return !intake_.held().isFull() && parts_.transport.watchedFor() < 0;
}

bool DeviceReader::isOver() const {
  return hasEnded_ || parts_.severed.load(std::memory_order_acquire);
}

/** In how many ms it is to look after what is held; -1: there is nothing to look after. */
int DeviceReader::heldMs() const {
  const bool hasHeld = !intake_.held().empty();
  const uint64_t nearest =
      std::min(hasHeld ? intake_.held().nearest() : HeldRequests::kNever, intake_.asksAt());
  if (!hasHeld && nearest == HeldRequests::kNever) return -1;
  const uint64_t now = base::monotonicNanoseconds();
  if (nearest <= now) return 0;
  // Rounded up, so that the deadline has come.
  return static_cast<int>(std::min<uint64_t>(kSlotWaitMs, (nearest - now) / 1'000'000 + 1));
}

/** Messages that no worker sees: the reader is done with them on return. */
bool DeviceReader::answeredHere(std::span<const uint8_t> message) {
  auto header = loadWire<InHeader>(message.data(), 0);
  if (parts_.trace) parts_.trace->note(message);
  switch (header.opcode) {
    case kOpForget:
    case kOpBatchForget:
      forgets_.take(message);
      tookForget_ = true;
      forgottenWait_ = forgets_.hasUntold();
      return true;
    case kOpInterrupt:
      intake_.interrupt(message);
      return true;
    case kOpNotifyReply:
      parts_.notifier.retrieved(message);
      return true;
    case kOpDestroy:
      parts_.replies.answerUnique(header.unique, 0);
      return true;
    case kOpOpen:
    case kOpOpenDir:
    case kOpCreate:
    case kOpTmpfile:
      if (!refusesOpens()) break;
      parts_.replies.answerUnique(header.unique, -ESHUTDOWN);
      return true;
    default:
      break;
  }
  if (!parts_.selfAccess.refuses(header.pid)) return false;
  parts_.replies.answerUnique(header.unique, -EDEADLK);
  return true;
}

/** The mount is being shut down: who has files open may go on, but nobody comes in any more. */
bool DeviceReader::refusesOpens() const {
  return parts_.ring.controlWord(control::kRefusesOpens).load(std::memory_order_acquire) != 0;
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
  intake_.queue(slot, kOpBatchForget);
}

/** Filled slots wait. When nothing else arrives, or nothing is taken, whoever was woken for them is
 * busy; or all are dead. */
void DeviceReader::tend(bool isIdle) {
  if (isIdle) parts_.bells.wakeAnother();
  const uint64_t since = parts_.seats.orphanedSince();
  if (since == 0 || base::monotonicNanoseconds() < since + kOrphanedAfterNs) return;
  for (uint32_t operationClass = 0; operationClass < ring::kClassCount; ++operationClass) {
    ring::SlotQueue queue = parts_.ring.classQueue(operationClass);
    for (int32_t slot = queue.pop(); slot >= 0; slot = queue.pop()) {
      parts_.replies.answerError(static_cast<uint32_t>(slot), -EIO);
      parts_.replies.release(static_cast<uint32_t>(slot), kNoWorker);
    }
  }
}

}  // namespace fuseloop::device
