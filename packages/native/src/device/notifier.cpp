#include "device/notifier.hpp"

#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "device/fuse-wire.hpp"
#include "device/notification-frame.hpp"

namespace fuseloop::device {

using std::chrono::steady_clock;

namespace {

constexpr size_t kBody = sizeof(OutHeader);
/** Uniques of requests count from 2 in steps of 2 (fs/fuse/dev.c), so these are never one of them:
 * a NOTIFY_REPLY over io_uring is looked up among live requests. */
constexpr uint64_t kFirstUnique = uint64_t{1} << 62;
/** Who ends a request wakes us; this is for ends that nobody tells of. */
constexpr auto kLookAgain = std::chrono::milliseconds(100);
constexpr auto kSweepPause = std::chrono::milliseconds(200);
/** fuse_notify_retrieve_in: size at 16, data behind its 40 bytes. */
constexpr size_t kRetrievedSize = sizeof(InHeader) + 16;
constexpr size_t kRetrievedData = sizeof(InHeader) + 40;

}  // namespace

Notifier::Notifier(InFlightRequests& requests) : requests_(requests), lastUnique_(kFirstUnique) {
  requests_.setOnEnd([this] {
    // The lock orders it with the look before the wait.
    std::lock_guard lock(mutex_);
    wake_.notify_one();
  });
}

void Notifier::arm(DeviceEndpoint& device) {
  std::lock_guard lock(mutex_);
  device_ = &device;
  isArmed_ = true;
}

void Notifier::send(std::vector<uint8_t> message, NotificationDone done) {
  if (message.size() < kBody) throw std::invalid_argument("a notification without its header");
  auto header = loadWire<OutHeader>(message.data(), 0);
  if (header.unique != 0 || header.length != message.size() ||
      checkNotification(header.error, std::span(message).subspan(kBody)) != 0)
    throw std::invalid_argument("no notification");
  std::unique_lock lock(mutex_);
  if (!isArmed_) {
    lock.unlock();
    done(-ENODEV, {});
    return;
  }
  queue_.add(std::move(message), std::move(done));
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

void Notifier::run() {
  ::prctl(PR_SET_NAME, "fuse-notify");
  std::unique_lock lock(mutex_);
  while (isArmed_) {
    // Before the look: a request that ends after it wakes us.
    if (!queue_.empty()) requests_.watch();
    std::optional<QueuedNotification> next = queue_.take(requests_);
    if (next) {
      lock.unlock();
      write(std::move(*next));
      lock.lock();
    } else {
      rest(lock);
    }
    if (sweep_ && isArmed_ && steady_clock::now() >= nextSweep_) queueSweep(lock);
  }
}

void Notifier::rest(std::unique_lock<std::mutex>& lock) {
  if (!queue_.empty()) {
    wake_.wait_for(lock, kLookAgain);
  } else if (sweep_) {
    wake_.wait_until(lock, nextSweep_);
  } else {
    wake_.wait(lock);
  }
}

void Notifier::sweep(NodeSweep sweep) {
  std::lock_guard lock(mutex_);
  if (!isArmed_) return;
  sweep_.emplace(sweep);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

void Notifier::queueSweep(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::vector<std::vector<uint8_t>> messages = sweep_->next();
  lock.lock();
  nextSweep_ = steady_clock::now() + kSweepPause;
  if (!isArmed_) return;
  // Nobody asks whether the kernel could forget them.
  for (std::vector<uint8_t>& message : messages) {
    queue_.add(std::move(message), [](int, const std::vector<uint8_t>&) {});
  }
}

void Notifier::write(QueuedNotification notification) {
  uint64_t unique = notification.code() == kNotifyRetrieve ? expectReply(notification) : 0;
  std::array<iovec, 1> piece{{{notification.message.data(), notification.message.size()}}};
  ssize_t count = device_->writev(piece);
  int result = count < 0 ? static_cast<int>(count) : 0;
  // What is expected is settled by its reply, or by the end.
  if (unique != 0 && (result == 0 || !takeExpected(unique, notification))) return;
  notification.settle(result);
}

/** The reply may come before the write returns. Its waiters stand in the table meanwhile. */
uint64_t Notifier::expectReply(QueuedNotification& notification) {
  std::lock_guard lock(mutex_);
  // The end has come since it was taken, and settles nothing more.
  if (!isArmed_) return 0;
  lastUnique_ += 2;
  std::memcpy(notification.message.data() + kBody, &lastUnique_, sizeof lastUnique_);
  expected_[lastUnique_].waiters = std::exchange(notification.waiters, {});
  return lastUnique_;
}

bool Notifier::takeExpected(uint64_t unique, QueuedNotification& notification) {
  std::lock_guard lock(mutex_);
  auto found = expected_.find(unique);
  if (found == expected_.end()) return false;
  notification.waiters = std::move(found->second.waiters);
  expected_.erase(found);
  return true;
}

void Notifier::retrieved(std::span<const uint8_t> message) {
  if (message.size() < kRetrievedData) return;
  QueuedNotification notification;
  if (!takeExpected(loadWire<InHeader>(message.data(), 0).unique, notification)) return;
  size_t size = std::min<size_t>(loadWire<uint32_t>(message.data(), kRetrievedSize),
                                 message.size() - kRetrievedData);
  auto data = message.subspan(kRetrievedData, size);
  for (const NotificationDone& done : notification.waiters) done(0, {data.begin(), data.end()});
}

void Notifier::disarm() {
  std::list<QueuedNotification> queued;
  std::unordered_map<uint64_t, QueuedNotification> expected;
  {
    std::lock_guard lock(mutex_);
    isArmed_ = false;
    queued = queue_.takeAll();
    expected.swap(expected_);
    wake_.notify_one();
  }
  for (const QueuedNotification& notification : queued) notification.settle(-ENODEV);
  for (const auto& [unique, notification] : expected) notification.settle(-ENODEV);
}

void Notifier::stop() {
  disarm();
  std::lock_guard joining(threadMutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace fuseloop::device
