#include "direct/reading-role.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>

#include "base/monotonic-clock.hpp"
#include "base/system-error.hpp"
#include "base/thread-effort.hpp"

namespace fuseloop::direct {

using device::kNoWorker;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
/** How often the reader looks after the leader. */
constexpr int kTickMs = 2;
/** How long a leader may wait for a CPU with a request before it. */
constexpr int kStarvedTicks = 5;
/** After so many ticks without a request the reader takes over, and needs to look no more. */
constexpr int kQuietTicks = 50;
/** How long workers leave the reading to it when a handler has let others wait; doubled each time
 * up to the most, until one has led for long. */
constexpr uint64_t kLeastPauseNs = 10 * kNsPerMs;
constexpr uint64_t kMostPauseNs = 640 * kNsPerMs;
constexpr uint64_t kLongLedNs = 200 * kNsPerMs;

}  // namespace

uint64_t RoleSenses::now() const { return base::monotonicNanoseconds(); }
uint64_t RoleSenses::cpuTimeOf(pid_t thread) const { return base::cpuTimeOf(thread); }
bool RoleSenses::isRunnable(pid_t thread) const { return base::isRunnable(thread); }

const RoleSenses& RoleSenses::real() {
  static const RoleSenses senses;
  return senses;
}

void ReadingRole::begin(int deviceFd, const device::ReaderInbox& inbox) {
  std::lock_guard lock(mutex_);
  inbox_ = &inbox;
  device_ = deviceFd;
}

int ReadingRole::open(uint32_t worker) {
  std::lock_guard lock(mutex_);
  if (device_ < 0) return -1;
  epolls_[worker].reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epolls_[worker]) base::throwErrno("epoll_create1");
  return epolls_[worker].get();
}

void ReadingRole::lose(uint32_t worker) { giveBack(worker, Reason::kIdle); }

void ReadingRole::close(uint32_t worker) {
  std::lock_guard lock(mutex_);
  end(worker, Reason::kIdle);
  epolls_[worker].reset();
}

bool ReadingRole::take(uint32_t worker) {
  if (holder_.load(std::memory_order_relaxed) != kNoWorker) return false;
  const uint64_t now = senses_.now();
  if (now < freeFrom_.load(std::memory_order_relaxed)) return false;
  std::lock_guard lock(mutex_);
  if (holder_.load(std::memory_order_relaxed) != kNoWorker || !epolls_[worker]) return false;
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epolls_[worker].get(), EPOLL_CTL_ADD, device_, &event) < 0) return false;
  takenAt_ = now;
  thread_ = ::gettid();
  holder_.store(worker, std::memory_order_release);
  // It still watches, too.
  inbox_->ring();
  return true;
}

void ReadingRole::giveBack(uint32_t worker, Reason reason) {
  if (!isHeldBy(worker)) return;
  std::lock_guard lock(mutex_);
  end(worker, reason);
}

void ReadingRole::end(uint32_t worker, Reason reason) {
  if (!isHeldBy(worker)) return;
  ::epoll_ctl(epolls_[worker].get(), EPOLL_CTL_DEL, device_, nullptr);
  rest(reason, senses_.now());
  holder_.store(kNoWorker, std::memory_order_release);
  inbox_->ring();
}

void ReadingRole::rest(Reason reason, uint64_t now) {
  if (reason == Reason::kEnded) {
    freeFrom_.store(UINT64_MAX, std::memory_order_relaxed);
  } else if (reason == Reason::kContended) {
    if (now > takenAt_ + kLongLedNs) pause_ = 0;
    pause_ = std::clamp(pause_ * 2, kLeastPauseNs, kMostPauseNs);
    freeFrom_.store(now + pause_, std::memory_order_relaxed);
  }
}

int ReadingRole::watchedFor() {
  const uint32_t leader = holder_.load(std::memory_order_acquire);
  if (leader == kNoWorker) return -1;
  const uint64_t now = senses_.now();
  if (now < nextTick_) return kTickMs;
  nextTick_ = now + kTickMs * kNsPerMs;
  const uint64_t looks = looks_.load(std::memory_order_relaxed);
  const bool hasMoved = looks != seenLooks_;
  seenLooks_ = looks;
  const bool lets = !hasMoved && isReadable();
  quietTicks_ = hasMoved ? 0 : quietTicks_ + 1;
  letTicks_ = lets ? letTicks_ + 1 : 0;
  // At the second: a leader that has just been woken is on its way.
  const bool isStuck = letTicks_ > 0 && !isStarved() && letTicks_ > 1;
  if (isStuck) giveBack(leader, Reason::kContended);
  // Another thread may have more luck.
  if (letTicks_ >= kStarvedTicks) giveBack(leader, Reason::kIdle);
  if (quietTicks_ >= kQuietTicks) giveBack(leader, Reason::kIdle);
  return isHeldBy(leader) ? kTickMs : watchedFor();
}

/** Whether the leader, since it lets a request wait, has only waited for a CPU. */
bool ReadingRole::isStarved() {
  const auto thread = [this] {
    std::lock_guard lock(mutex_);
    return thread_;
  }();
  const uint64_t cpu = senses_.cpuTimeOf(thread);
  if (letTicks_ == 1) letFrom_ = cpu;
  return senses_.isRunnable(thread) && cpu - letFrom_ < kTickMs * kNsPerMs / 2;
}

bool ReadingRole::isReadable() const {
  pollfd state{device_, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace fuseloop::direct
