#include "device/session.hpp"

#include <poll.h>
#include <sys/prctl.h>

#include <cerrno>
#include <stdexcept>

#include "base/monotonic-clock.hpp"
#include "base/system-error.hpp"
#include "device/closing-files.hpp"
#include "device/lock-ends.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;
using ring::SlotState;

Session::Session(std::span<uint8_t> memory,
                 std::span<const uint8_t, RequestRouting::kByteLength> routing,
                 bool refuseSelfAccess)
    : ring_(memory),
      routing_(routing),
      selfAccess_(refuseSelfAccess),
      bells_(ring_),
      locks_([this](uint64_t unique) { return grantLock(unique); }) {}

Session::~Session() { stop(); }

void Session::attachDevice(std::unique_ptr<DeviceEndpoint> device) {
  device_ = std::move(device);
  replies_ = std::make_unique<ReplyWriter>(ring_, *device_, requests_, own_);
}

std::vector<uint8_t> Session::readFirst(int timeoutMs) {
  std::vector<uint8_t> message(ring::kPageSize - layout::kRequest + ring_.payloadSize());
  pollfd ready{device_->pollFd(), POLLIN, 0};
  int count = ::poll(&ready, 1, timeoutMs);
  if (count < 0) base::throwErrno("poll", "/dev/fuse");
  if (count == 0)
    throw base::SystemError(ETIMEDOUT, "read", "/dev/fuse", "the kernel sent no INIT");
  ssize_t length = device_->read(message);
  if (length < 0) throw base::SystemError(static_cast<int>(-length), "read", "/dev/fuse");
  message.resize(static_cast<size_t>(length));
  return message;
}

void Session::writeReply(std::span<const uint8_t> reply) {
  std::array<iovec, 1> pieces{{{const_cast<uint8_t*>(reply.data()), reply.size()}}};
  ssize_t count = device_->writev(pieces);
  if (count < 0) throw base::SystemError(static_cast<int>(-count), "write", "/dev/fuse");
}

void Session::start(OnEnd onEnd, std::function<void(const PassedDeadline&)> onPassed,
                    std::function<void(uint32_t, uint32_t)> onStuck) {
  ring_.setState(SessionState::kServing);
  notifier_.arm(*device_);
  watchdog_ = std::make_unique<Watchdog>(ring_, *replies_, bells_, locks_, std::move(onPassed),
                                         std::move(onStuck));
  watcher_ = std::jthread([this](const std::stop_token& token) {
    ::prctl(PR_SET_NAME, "fuse-watchdog");
    watchdog_->run(token);
  });
  reader_ = std::jthread([this, onEnd = std::move(onEnd)](const std::stop_token& token) {
    ::prctl(PR_SET_NAME, "fuse-reader");
    DeviceReader reader({{ring_, *replies_, routing_, bells_, *watchdog_, requests_, locks_, nodes_,
                          openFiles_, seats_},
                         *device_,
                         selfAccess_,
                         notifier_,
                         readerBell_,
                         readerWaits_,
                         severed_,
                         writes_});
    const int reason = reader.run(token);
    std::vector<LostFile> lost = closeFiles(reader, token);
    tellWorkers(SessionState::kEnded);
    onEnd(reason, std::move(lost));
  });
}

/** The kernel is gone; workers are still there for what clients have left open. */
std::vector<LostFile> Session::closeFiles(DeviceReader& reader, const std::stop_token& stop) {
  // The kernel has failed those who wait.
  locks_.clear();
  notifier_.disarm();
  uint64_t unset = kUnset;
  closeBy_.compare_exchange_strong(unset, base::monotonicNanoseconds() + kClosingTime);
  tellWorkers(SessionState::kClosing);
  ClosingFiles closing({ring_, reader.intake(), own_, writes_, openFiles_, readerBell_,
                        readerWaits_, closeBy_, [&reader] { reader.tend(); }},
                       stop);
  return closing.run();
}

/** Their handlers' signals are aborted at the device's end; at the session's end they leave. */
void Session::tellWorkers(SessionState state) {
  ring_.setState(state);
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    ring_.workerWord(worker, ring::worker::kInterrupts).fetch_add(1, std::memory_order_release);
  }
  bells_.ringAll();
}

void Session::refuseOpens() {
  ring_.controlWord(ring::control::kRefusesOpens).store(1, std::memory_order_release);
}

void Session::closeBy(uint64_t time) {
  closeBy_.store(time);
  readerBell_.signal();
}

void Session::limitNodes(size_t most, uint32_t minor) {
  notifier_.sweep(NodeSweep(nodes_, most, minor));
}

void Session::stop() {
  // First: what it writes may wait for requests that the reader has to bring.
  notifier_.stop();
  std::lock_guard lock(stopMutex_);
  if (!reader_.joinable()) return;
  reader_.request_stop();
  watcher_.request_stop();
  readerBell_.signal();
  watchdog_->wake();
  reader_.join();
  watcher_.join();
}

bool Session::isConnected() const {
  if (severed_.load(std::memory_order_acquire)) return false;
  pollfd state{device_->pollFd(), 0, 0};
  return ::poll(&state, 1, 0) <= 0 || (state.revents & (POLLERR | POLLHUP)) == 0;
}

void Session::sever() {
  if (device_) device_->close();
  severed_.store(true, std::memory_order_release);
  // A reader in poll(2) still holds the old description; the connection ends when it lets go.
  readerBell_.signal();
  std::lock_guard lock(stopMutex_);
  // A reader that runs tells workers itself, when it has closed files.
  if (reader_.joinable()) return;
  locks_.clear();
  notifier_.disarm();
  tellWorkers(SessionState::kEnded);
}

int Session::deviceFd() {
  return device_ && ring_.state() != SessionState::kEnded ? device_->pollFd() : -1;
}

bool Session::grantLock(uint64_t unique) {
  return replies_ && replies_->answerUnique(unique, 0) == 0;
}

uint32_t Session::attachWorker(uint32_t worker) { return seats_.take(worker); }

void Session::abandonWorker(uint32_t worker) {
  seats_.lose(worker, [&] {
    openFiles_.dropWorker(worker);
    ring::SlotQueue own = ring_.workerQueue(worker);
    for (int32_t slot = own.pop(); slot >= 0; slot = own.pop()) {
      answerLost(static_cast<uint32_t>(slot));
      release(static_cast<uint32_t>(slot));
    }
    for (uint32_t slot = 0; slot < ring_.slotCount(); ++slot) {
      if (owns(worker, slot)) answerLost(slot);
    }
  });
}

void Session::detachWorker(uint32_t worker) {
  abandonWorker(worker);
  seats_.leave(worker, [&] {
    for (uint32_t slot = 0; slot < ring_.slotCount(); ++slot) {
      if (!owns(worker, slot)) continue;
      // Taken by a thread that did not know of its end yet.
      if (!ring_.isAnswered(slot)) answerLost(slot);
      release(slot);
    }
  });
}

int32_t Session::next(uint32_t worker) {
  auto alive = ring_.workerWord(worker, ring::worker::kAlive);
  // A thread that is ended while it runs takes nothing more; -1 without announcing sleep.
  while (alive.load(std::memory_order_acquire) != 0) {
    int32_t slot = take(worker);
    if (slot >= 0) {
      if (ring_.claim(static_cast<uint32_t>(slot), worker)) {
        writes_.begin(static_cast<uint32_t>(slot));
        return slot;
      }
      // Answered while it waited (INTERRUPT, its deadline); it only has to be freed.
      release(static_cast<uint32_t>(slot));
      continue;
    }
    if (ring_.state() == SessionState::kEnded) return -2;
    auto sleeping = ring_.workerWord(worker, ring::worker::kSleeping);
    // Seq_cst: announce, then look again; the reader pushes, then looks at this word
    // (WorkerBells::wake).
    sleeping.store(1, std::memory_order_seq_cst);
    if (!ring_.hasQueued() && ring_.workerQueue(worker).empty() &&
        ring_.state() != SessionState::kEnded)
      return -1;
    sleeping.store(0, std::memory_order_seq_cst);
  }
  return -1;
}

int32_t Session::take(uint32_t worker) {
  int32_t slot = ring_.workerQueue(worker).pop();
  for (uint32_t operationClass = 0; slot < 0 && operationClass < ring::kClassCount;
       ++operationClass) {
    slot = ring_.classQueue(operationClass).pop();
  }
  return slot;
}

int Session::finish(uint32_t worker, uint32_t slot, std::span<const uint8_t> external) {
  if (!owns(worker, slot)) return -EALREADY;
  auto filledAt = ring::word64(ring_.slot(slot), layout::kFilledAt).load(std::memory_order_relaxed);
  writes_.settle(slot);
  int result = replies_->answer(slot, external);
  ring_.setElapsed(worker, static_cast<double>(base::monotonicNanoseconds() - filledAt));
  ring_.served(worker).fetch_add(1, std::memory_order_relaxed);
  release(slot);
  return result;
}

int Session::park(uint32_t worker, uint32_t slot, const node::LockRequest& request) {
  if (!owns(worker, slot)) return -EALREADY;
  auto unique = loadWire<uint64_t>(ring_.slot(slot), layout::kRequest + offsetof(InHeader, unique));
  auto since = ring::word64(ring_.slot(slot), layout::kFilledAt).load(std::memory_order_relaxed);
  int result = locks_.wait(request, {unique, since}, [&] {
    // The right to answer passes from the slot to the manager.
    uint64_t expected = unique;
    return ring_.unique(slot).compare_exchange_strong(expected, 0, std::memory_order_acq_rel);
  });
  if (result != node::kLockParked) return result;
  // DeviceReader::interrupt marks the slot, then looks in the manager; whoever takes the request
  // out answers.
  bool isInterrupted =
      ring_.slotWord(slot, layout::kInterrupted).load(std::memory_order_seq_cst) != 0;
  if (isInterrupted && locks_.cancel(unique)) replies_->answerUnique(unique, -EINTR);
  requests_.end(slot);
  ring_.served(worker).fetch_add(1, std::memory_order_relaxed);
  release(slot);
  return result;
}

void Session::discard(uint32_t worker, uint32_t slot) {
  if (owns(worker, slot)) release(slot);
}

/** The worker that was to serve it is gone, or will be. */
void Session::answerLost(uint32_t slot) {
  auto length = ring_.slotWord(slot, layout::kRequestLength).load(std::memory_order_relaxed);
  endLocksOf(locks_, {ring_.slot(slot) + layout::kRequest, length});
  if (replies_) replies_->answerError(slot, -EIO);
}

bool Session::owns(uint32_t worker, uint32_t slot) {
  return slot < ring_.slotCount() &&
         ring_.slotWord(slot, layout::kState).load(std::memory_order_acquire) ==
             static_cast<uint32_t>(SlotState::kRunning) &&
         ring_.slotWord(slot, layout::kOwner).load(std::memory_order_relaxed) == worker;
}

void Session::release(uint32_t slot) {
  ring_.release(slot);
  // Seq_cst on both sides: the slot is free before we look; the reader says that it waits before it
  // looks.
  if (readerWaits_.load(std::memory_order_seq_cst) && readerWaits_.exchange(false))
    readerBell_.signal();
}

}  // namespace fuseloop::device
