#include "napi/end-guard.hpp"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/signal-watch.hpp"

namespace fuseloop::napi {

using base::SignalWatch;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/** What main gets to take notice of a signal. */
constexpr milliseconds kNotice(3000);
/** With a second one. npm passes on a Ctrl-C that the terminal has delivered already. */
constexpr milliseconds kSecondNotice(500);
/** And then, when its mounts have been ended, before the process is. */
constexpr milliseconds kLastResort(12'000);
constexpr int kLookMs = 100;
/** What a look counts at most: one that came later has stood still, and main with it (SIGSTOP). */
constexpr steady_clock::duration kMostALook = milliseconds(2 * kLookMs);
constexpr steady_clock::duration kNoTime{};

}  // namespace

EndGuard& EndGuard::instance() {
  // Never destroyed: its thread may run while the process exits.
  static EndGuard* const guard = std::make_unique<EndGuard>().release();
  return *guard;
}

void EndGuard::add(uint32_t session, std::function<void()> end) {
  std::lock_guard lock(mutex_);
  sessions_.emplace(session, std::move(end));
}

void EndGuard::remove(uint32_t session) {
  std::lock_guard lock(mutex_);
  sessions_.erase(session);
}

void EndGuard::watch(int signal) {
  SignalWatch::watch(signal);
  std::lock_guard lock(mutex_);
  if (isRunning_) return;
  isRunning_ = true;
  handled_ = SignalWatch::count();
  // For the process's life: signals come to its very end, and the guard's memory is never freed.
  std::thread([this] { run(); }).detach();
}

void EndGuard::acknowledge() {
  std::lock_guard lock(mutex_);
  handled_ = SignalWatch::count();
}

void EndGuard::run() {
  ::prctl(PR_SET_NAME, "fuse-end-guard");
  std::optional<steady_clock::duration> waited;
  auto lookedAt = steady_clock::now();
  bool hasEnded = false;
  bool isPending = false;
  for (;;) {
    std::array<pollfd, 2> ready{
        {{SignalWatch::fd(), POLLIN, 0}, {SignalWatch::pendingFd(), POLLIN, 0}}};
    // What is pending may stay so: then time is what is waited for.
    const bool isTimed = waited || isPending;
    ::poll(ready.data(), isTimed ? 1 : 2, isTimed ? kLookMs : -1);
    SignalWatch::drain();
    isPending = SignalWatch::isPending();
    const uint32_t unseen = unseenSignals(isPending);
    if (unseen == 0) {
      waited.reset();
      hasEnded = false;
      continue;
    }
    const auto since = std::exchange(lookedAt, steady_clock::now());
    waited = waited ? *waited + std::min(lookedAt - since, kMostALook) : kNoTime;
    if (!hasEnded && *waited >= (unseen > 1 ? kSecondNotice : kNotice)) {
      endSessions();
      hasEnded = true;
    }
    if (*waited >= kLastResort) SignalWatch::endByLast();
  }
}

uint32_t EndGuard::unseenSignals(bool isPending) {
  std::lock_guard lock(mutex_);
  if (sessions_.empty()) return 0;
  return SignalWatch::count() - handled_ + (isPending ? 1 : 0);
}

void EndGuard::endSessions() {
  std::lock_guard lock(mutex_);
  for (const auto& [session, end] : sessions_) end();
}

}  // namespace fuseloop::napi
