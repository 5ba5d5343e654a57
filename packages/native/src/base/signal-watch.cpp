#include "base/signal-watch.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "base/system-error.hpp"

namespace fuseloop::base {

namespace {

using Handler = void (*)(int);

constexpr int kSignals = 65;
/** Set before a handler of ours is installed, and never closed: a handler may run at any time. */
std::atomic<int> bell{-1};
std::atomic<uint32_t> taken{0};
std::atomic<int> latest{0};
std::array<std::atomic<Handler>, kSignals> handlers{};

/** Only looked at: reading it would take signals away from main. Never closed. */
std::mutex maskMutex;
sigset_t mask{};
std::atomic<int> pending{-1};

void addToMask(int signal) {
  std::lock_guard lock(maskMutex);
  if (pending.load() < 0) ::sigemptyset(&mask);
  ::sigaddset(&mask, signal);
  const int descriptor = ::signalfd(pending.load(), &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) throwErrno("signalfd");
  pending.store(descriptor);
}

/** Async-signal-safe: atomics and write(2), see signal-safety(7). */
void onSignal(int signal) {
  const int kept = errno;
  taken.fetch_add(1);
  latest.store(signal);
  const uint64_t one = 1;
  // A full counter is readable already.
  [[maybe_unused]] const ssize_t count = ::write(bell.load(), &one, sizeof one);
  errno = kept;
  if (const Handler next = handlers[static_cast<size_t>(signal)].load()) next(signal);
}

}  // namespace

void SignalWatch::watch(int signal) {
  if (signal <= 0 || signal >= kSignals) throw SystemError(EINVAL, "sigaction");
  addToMask(signal);
  struct sigaction action {};
  if (::sigaction(signal, nullptr, &action) != 0) throwErrno("sigaction");
  if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler == onSignal ||
      action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
    return;
  fd();
  handlers[static_cast<size_t>(signal)].store(action.sa_handler);
  action.sa_handler = onSignal;
  if (::sigaction(signal, &action, nullptr) != 0) throwErrno("sigaction");
}

int SignalWatch::fd() {
  int descriptor = bell.load();
  if (descriptor >= 0) return descriptor;
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made < 0) throwErrno("eventfd");
  if (bell.compare_exchange_strong(descriptor, made)) return made;
  ::close(made);
  return descriptor;
}

void SignalWatch::drain() {
  uint64_t count = 0;
  while (::read(bell.load(), &count, sizeof count) < 0 && errno == EINTR) {
  }
}

int SignalWatch::pendingFd() { return pending.load(); }

bool SignalWatch::isPending() {
  pollfd ready{pending.load(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

uint32_t SignalWatch::count() { return taken.load(); }

void SignalWatch::endByLast() {
  const int signal = latest.load() == 0 ? SIGTERM : latest.load();
  ::signal(signal, SIG_DFL);
  ::kill(::getpid(), signal);
}

}  // namespace fuseloop::base
