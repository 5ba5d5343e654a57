// Watches a fusermount3: its socket, its stderr and its pidfd in one poll(2) loop with a deadline.
// Its exit ends the loop: what it wrote before is in the pipes by then and is drained without
// blocking.
#include "mount/helper-process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/system-error.hpp"
#include "mount/helper-channel.hpp"

namespace fuseloop::mount {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kKillGrace{1000};
constexpr int kReapPauseMs = 5;

int remainingMs(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 600'000));
}

class RunningHelper {
 public:
  RunningHelper(const HelperCommand& command, bool wantSocket)
      : helper_(spawnHelper(command, wantSocket)),
        // Empty before Linux 5.3 or under a seccomp filter; the ends of the streams then stand for
        // the exit.
        pidFd_(static_cast<int>(::syscall(SYS_pidfd_open, helper_.pid, 0))) {}
  RunningHelper(const RunningHelper&) = delete;
  RunningHelper& operator=(const RunningHelper&) = delete;
  ~RunningHelper() {
    if (reaped_) return;
    ::kill(helper_.pid, SIGKILL);
    // A helper stuck in an unkillable wait on a mount stays behind as a zombie rather than to hold
    // up its caller.
    reap(Clock::now() + kKillGrace);
  }

  // Collects its output until it exits. False when the deadline came first.
  bool collect(HelperOutcome& outcome, Clock::time_point deadline) {
    for (;;) {
      auto watched = std::to_array<pollfd>({{helper_.socket.get(), POLLIN, 0},
                                            {helper_.errors.get(), POLLIN, 0},
                                            {pidFd_.get(), POLLIN, 0}});
      const int ready = ::poll(watched.data(), watched.size(), remainingMs(deadline));
      if (ready < 0 && errno != EINTR) base::throwErrno("poll");
      if (ready == 0) return false;
      if (ready < 0) continue;
      drain(outcome);
      const bool streamsEnded = !helper_.socket && !helper_.errors;
      if (watched[2].revents != 0 || (streamsEnded && !pidFd_)) return true;
    }
  }

  // False when it did not exit in time. An unknown status (SIGCHLD is ignored, so nobody can ask)
  // keeps `clean`.
  bool reap(Clock::time_point deadline, bool* clean = nullptr) {
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(helper_.pid, &status, WNOHANG);
      if (pid == helper_.pid && clean != nullptr) {
        *clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      }
      reaped_ = pid == helper_.pid || (pid < 0 && errno == ECHILD);
      if (reaped_) return true;
      if (remainingMs(deadline) == 0) return false;
      ::poll(nullptr, 0, kReapPauseMs);
    }
  }

 private:
  void drain(HelperOutcome& outcome) {
    auto state = ChannelState::kData;
    while (helper_.socket && state == ChannelState::kData) {
      state = receiveDescriptor(helper_.socket.get(), outcome.received);
      if (state == ChannelState::kEnded) helper_.socket.reset();
    }
    state = ChannelState::kData;
    while (helper_.errors && state == ChannelState::kData) {
      state = readErrorText(helper_.errors.get(), outcome.errorText);
      if (state == ChannelState::kEnded) helper_.errors.reset();
    }
  }

  SpawnedHelper helper_;
  base::UniqueFd pidFd_;
  bool reaped_ = false;
};

void joinLines(std::string& text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ';');
}

}  // namespace

HelperOutcome runHelper(const HelperCommand& command, bool wantDevice,
                        const std::string& mountpoint, std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  HelperOutcome outcome;
  RunningHelper helper(command, wantDevice);
  const bool inTime = helper.collect(outcome, deadline);
  joinLines(outcome.errorText);
  outcome.succeeded = wantDevice ? static_cast<bool>(outcome.received) : outcome.errorText.empty();
  if (!inTime || !helper.reap(deadline, &outcome.succeeded)) {
    throw base::SystemError(ETIMEDOUT, "fusermount3", mountpoint, outcome.errorText);
  }
  return outcome;
}

}  // namespace fuseloop::mount
