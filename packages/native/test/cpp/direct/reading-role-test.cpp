// Who reads the device when: the role passes between the reader and workers as its rules say. The
// device is a pipe, readable while a byte is in it; time goes by when the test says so. Build line:
// see session-stress-test.cpp.

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "base/event-fd.hpp"
#include "base/unique-fd.hpp"
#include "direct/reading-role.hpp"
#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using direct::ReadingRole;
using direct::RoleSenses;
using test::check;
using namespace std::chrono_literals;
using Reason = ReadingRole::Reason;

bool isReady(int fd) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

/** A clock that the test sets, and a leader that does what the test says. */
struct SetSenses : RoleSenses {
  uint64_t now() const override { return nowNs; }
  uint64_t cpuTimeOf(pid_t) const override { return cpuNs; }
  bool isRunnable(pid_t) const override { return runs; }

  uint64_t nowNs = 1'000'000'000;
  uint64_t cpuNs = 0;
  bool runs = false;
};

/** A role with two workers that watch, over a pipe. */
struct Bench {
  Bench() {
    int fds[2];
    if (::pipe(fds) < 0) base::throwErrno("pipe");
    read.reset(fds[0]);
    write.reset(fds[1]);
    role.begin(read.get(), inbox);
    for (uint32_t worker = 0; worker < watched.size(); ++worker)
      watched[worker] = role.open(worker);
  }

  void send() const { check(::write(write.get(), "x", 1) == 1, "a request comes"); }
  void pass(std::chrono::nanoseconds time) { senses.nowNs += static_cast<uint64_t>(time.count()); }

  /** As the reader, which looks every 2 ms for so long; after what time it had the role, or `most`.
   */
  std::chrono::milliseconds watch(std::chrono::milliseconds most,
                                  std::chrono::nanoseconds cpuEachTick = 0ns) {
    for (auto time = 0ms; time < most; time += 2ms) {
      if (role.watchedFor() < 0) return time;
      pass(2ms);
      senses.cpuNs += static_cast<uint64_t>(cpuEachTick.count());
    }
    return most;
  }

  /** Whether the worker may lead after this time, and not a moment before. */
  bool leadsFirstAfter(uint32_t worker, std::chrono::nanoseconds time) {
    pass(time - 1ns);
    const bool isEarly = role.take(worker);
    pass(1ns);
    return !isEarly && role.take(worker);
  }

  base::UniqueFd read;
  base::UniqueFd write;
  base::EventFd bell;
  device::ReaderInbox inbox{bell};
  SetSenses senses;
  ReadingRole role{senses};
  std::array<int, 2> watched{};
};

void checkNothingBefore() {
  ReadingRole role;
  check(role.open(0) == -1, "there is nothing to watch before the session serves");
  check(!role.take(0), "and nobody leads");
  check(role.watchedFor() == -1, "the reader reads");
}

void checkOneWatches() {
  Bench bench;
  check(bench.role.take(0) && bench.role.isHeldBy(0), "a worker takes the role");
  check(!bench.role.take(1), "and has it alone");
  check(isReady(bench.bell.fd()), "the reader is told");
  check(bench.role.watchedFor() == 2, "and does not watch, but asks again in 2 ms");
  bench.send();
  check(isReady(bench.watched[0]) && !isReady(bench.watched[1]),
        "a request wakes the leader alone");
  bench.role.giveBack(1, Reason::kIdle);
  check(bench.role.isHeldBy(0), "only who has it gives it back");
  bench.role.giveBack(0, Reason::kIdle);
  check(!isReady(bench.watched[0]) && bench.role.watchedFor() == -1, "then the reader watches");
  check(bench.role.take(1), "and another may lead");
}

void checkStuckLeader() {
  Bench bench;
  bench.role.take(0);
  bench.role.note();
  check(bench.watch(10ms) == 10ms, "a leader with nothing to read keeps the role");
  bench.send();
  check(bench.watch(100ms) == 2ms, "one that sleeps with a request before it loses it at once");
  check(bench.leadsFirstAfter(1, 10ms), "for a while the reader has it, then the next worker");
}

void checkBusyHandler() {
  Bench bench;
  bench.senses.runs = true;
  bench.role.take(0);
  bench.send();
  check(bench.watch(100ms, 1ms) == 2ms, "one that runs a handler meanwhile loses it as soon");
  check(bench.leadsFirstAfter(1, 10ms), "and the reader has it for a while");
}

void checkStarvedLeader() {
  Bench bench;
  bench.senses.runs = true;
  bench.role.take(0);
  bench.send();
  check(bench.watch(100ms) == 8ms, "one that waits for its CPU loses it later");
  check(bench.role.take(1), "but any other may lead at once");
}

void checkBusyLeader() {
  Bench bench;
  bench.role.take(0);
  bench.send();
  bool hasKept = true;
  for (int tick = 0; tick < 200; ++tick) {
    bench.role.note();
    hasKept = bench.role.watchedFor() > 0 && hasKept;
    bench.pass(2ms);
  }
  check(hasKept, "one that goes on reading keeps it, whatever there is");
}

void checkQuiet() {
  Bench bench;
  bench.role.take(0);
  check(bench.watch(1000ms) == 98ms, "after a while without requests the reader has it");
  check(bench.role.take(0), "and the next that serves leads");
}

void checkPauses() {
  Bench bench;
  for (const auto pause : {10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 640ms}) {
    bench.role.take(0);
    bench.role.giveBack(0, Reason::kContended);
    check(bench.leadsFirstAfter(0, pause),
          "each contended end makes the pause longer, up to 640 ms");
  }
  bench.pass(201ms);
  bench.role.giveBack(0, Reason::kContended);
  check(bench.leadsFirstAfter(0, 10ms), "one that has led for long begins anew");
}

void checkEnds() {
  Bench bench;
  bench.role.take(0);
  bench.role.close(0);
  check(bench.role.watchedFor() == -1, "a leader that leaves leaves the role");
  check(!bench.role.take(0), "and does not lead any more");
  check(bench.role.take(1), "others do");
  bench.role.giveBack(1, Reason::kEnded);
  bench.pass(24h);
  check(!bench.role.take(1), "until the device has ended");
}

/** Looked at again and again, for a minute at most. */
template <typename Holds>
bool comesTrue(Holds holds) {
  const auto until = std::chrono::steady_clock::now() + 1min;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

void checkRealSenses() {
  const RoleSenses& senses = RoleSenses::real();
  check(senses.isRunnable(::gettid()), "a thread that asks runs");
  const uint64_t since = senses.cpuTimeOf(::gettid());
  check(comesTrue([&] { return senses.cpuTimeOf(::gettid()) > since + 5'000'000; }),
        "and uses its CPU");
  std::promise<pid_t> begun;
  std::promise<void> over;
  std::thread sleeper([&] {
    begun.set_value(::gettid());
    over.get_future().wait();
  });
  const pid_t thread = begun.get_future().get();
  check(comesTrue([&] { return !senses.isRunnable(thread); }), "a thread that waits does not");
  over.set_value();
  sleeper.join();
}

/** Two threads take the role and give it back while the reader looks: for the sanitizer. */
void checkThreads() {
  Bench bench;
  std::atomic<bool> isOver = false;
  std::atomic<uint32_t> taken = 0;
  const auto lead = [&](uint32_t worker) {
    while (!isOver) {
      if (!bench.role.take(worker)) continue;
      bench.role.note();
      taken += 1;
      bench.role.giveBack(worker, Reason::kIdle);
    }
  };
  std::thread first(lead, 0);
  std::thread second(lead, 1);
  while (taken < 2000) bench.role.watchedFor();
  isOver = true;
  first.join();
  second.join();
  check(bench.role.watchedFor() == -1,
        "however many threads take it, in the end the reader has it");
}

}  // namespace

int main() {
  checkNothingBefore();
  checkOneWatches();
  checkStuckLeader();
  checkBusyHandler();
  checkStarvedLeader();
  checkBusyLeader();
  checkQuiet();
  checkPauses();
  checkEnds();
  checkRealSenses();
  checkThreads();
  return test::finish();
}
