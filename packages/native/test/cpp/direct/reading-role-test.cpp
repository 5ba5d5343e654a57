// Who reads the device when: the role passes between the reader and workers as its rules say. The
// device is a pipe, readable while a byte is in it. Build line: see session-stress-test.cpp.

#include <poll.h>
#include <unistd.h>

#include <array>
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
using test::check;
using namespace std::chrono_literals;
using Reason = ReadingRole::Reason;

bool isReady(int fd) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

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

  /** As the reader, for so long; whether it has the role in the end. */
  bool tick(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
      if (role.watchedFor() < 0) return true;
      std::this_thread::sleep_for(1ms);
    }
    return role.watchedFor() < 0;
  }

  /** How long it takes until the worker may lead. */
  std::chrono::steady_clock::duration untilTaken(uint32_t worker) {
    const auto since = std::chrono::steady_clock::now();
    while (!role.take(worker)) std::this_thread::sleep_for(100us);
    return std::chrono::steady_clock::now() - since;
  }

  base::UniqueFd read;
  base::UniqueFd write;
  base::EventFd bell;
  device::ReaderInbox inbox{bell};
  ReadingRole role;
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
  check(bench.role.watchedFor() > 0, "and does not watch");
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
  std::promise<void> taken;
  std::promise<void> over;
  // A thread that sleeps; the one below is awake.
  std::thread leader([&] {
    check(bench.role.take(0), "a worker's thread takes the role");
    bench.role.note();
    taken.set_value();
    over.get_future().wait();
  });
  taken.get_future().wait();
  check(!bench.tick(10ms), "a leader with nothing to read keeps the role");
  bench.send();
  check(bench.tick(2000ms), "one that does not look at what there is loses it");
  check(bench.untilTaken(1) > 5ms, "for a while the reader has it, then the next worker");
  over.set_value();
  leader.join();
}

void checkStarvedLeader() {
  Bench bench;
  bench.role.take(0);
  bench.send();
  check(bench.tick(2000ms), "one that waits for its CPU loses it, too");
  check(bench.role.take(1), "but any other may lead at once");
}

void checkBusyLeader() {
  Bench bench;
  bench.role.take(0);
  bench.send();
  bool hasKept = true;
  for (int tick = 0; tick < 20; ++tick) {
    bench.role.note();
    hasKept = bench.role.watchedFor() > 0 && hasKept;
    std::this_thread::sleep_for(2ms);
  }
  check(hasKept, "one that goes on reading keeps it, whatever there is");
}

void checkQuiet() {
  Bench bench;
  bench.role.take(0);
  check(bench.tick(2000ms), "after a while without requests the reader has it");
  check(bench.role.take(0), "and the next that serves leads");
}

void checkPauses() {
  Bench bench;
  for (const auto pause : {0ms, 10ms, 20ms, 40ms}) {
    check(bench.untilTaken(0) > pause - 1ms, "each contended end makes the pause longer");
    bench.role.giveBack(0, Reason::kContended);
  }
}

void checkEnds() {
  Bench bench;
  bench.role.take(0);
  bench.role.close(0);
  check(bench.role.watchedFor() == -1, "a leader that leaves leaves the role");
  check(!bench.role.take(0), "and does not lead any more");
  check(bench.role.take(1), "others do");
  bench.role.giveBack(1, Reason::kEnded);
  check(!bench.role.take(1), "until the device has ended");
}

}  // namespace

int main() {
  checkNothingBefore();
  checkOneWatches();
  checkStuckLeader();
  checkStarvedLeader();
  checkBusyLeader();
  checkQuiet();
  checkPauses();
  checkEnds();
  return test::finish();
}
