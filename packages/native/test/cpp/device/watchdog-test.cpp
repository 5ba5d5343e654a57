// What becomes of handlers that pass their deadlines, as time goes by that the test sets.

#include "device/watchdog.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "base/event-fd.hpp"
#include "device/fuse-wire.hpp"
#include "mount/check.hpp"
#include "ring/lay-out-ring.hpp"

namespace {

using namespace fuseloop;
using namespace std::chrono_literals;
using device::Watchdog;
using test::check;

constexpr uint32_t kWorkers = 2;
constexpr uint32_t kSlots = 4;
constexpr uint32_t kOpcode = 3;
constexpr uint64_t kUnique = 42;
constexpr uint32_t kTimeoutMs = 1000;

std::vector<uint8_t> laidOut() {
  std::vector<uint8_t> memory(ring::slotsOffset(kWorkers) + kSlots * ring::kPageSize);
  test::layOutRing(memory, kWorkers, kSlots, 0);
  const auto set = [&](size_t offset, uint32_t value) {
    std::memcpy(memory.data() + offset, &value, sizeof value);
  };
  set(ring::control::kTimeouts + kOpcode * sizeof(uint32_t), kTimeoutMs);
  set(ring::control::kTimeoutErrno, ETIMEDOUT);
  return memory;
}

/** A device that nothing comes from; it keeps the errors of the replies. */
struct Replies : device::DeviceEndpoint {
  ssize_t read(std::span<uint8_t>) override { return -EAGAIN; }
  ssize_t writev(std::span<const iovec> pieces) override {
    errors.push_back(device::loadWire<int32_t>(static_cast<const uint8_t*>(pieces[0].iov_base), 4));
    return static_cast<ssize_t>(pieces[0].iov_len);
  }
  int pollFd() const override { return -1; }
  int ioctl(unsigned long, void*) override { return -ENOTTY; }
  void close() override {}

  std::vector<int32_t> errors;
};

/** A handler of worker 0 that has begun, and never ends. */
struct Bench {
  Bench() {
    word(ring::worker::kAlive).store(1);
    ring::word64(ring.slot(0), ring::slot::kFilledAt).store(at(0ns));
    ring.slotWord(0, ring::slot::kOpcode).store(kOpcode);
    ring.slotWord(0, ring::slot::kOwner).store(0);
    ring.slotWord(0, ring::slot::kState).store(static_cast<uint32_t>(ring::SlotState::kRunning));
    ring.unique(0).store(kUnique);
  }

  static uint64_t at(std::chrono::nanoseconds time) {
    return 1'000'000'000'000 + static_cast<uint64_t>(time.count());
  }
  /** Looks as the watchdog's thread does; when it is to look again, since the request came. */
  std::chrono::nanoseconds look(std::chrono::nanoseconds time) {
    const uint64_t next = watchdog.check(at(time));
    return std::chrono::nanoseconds(next == Watchdog::kNever ? INT64_MAX : next - at(0ns));
  }
  std::atomic_ref<uint32_t> word(size_t offset) { return ring.workerWord(0, offset); }

  std::vector<uint8_t> memory = laidOut();
  ring::RequestRing ring{memory};
  Replies device;
  device::InFlightRequests requests;
  base::EventFd bell;
  device::OwnRequests own{bell};
  device::Transport transport{ring};
  device::ReplyWriter replies{ring, device, requests, own, transport, [] {}};
  device::WorkerBells bells{ring};
  node::LockManager locks{[](uint64_t) { return true; }};
  std::vector<uint64_t> passed;
  std::vector<uint32_t> stuck;
  Watchdog watchdog{ring,
                    replies,
                    bells,
                    locks,
                    [this](const device::PassedDeadline& one) { passed.push_back(one.unique); },
                    [this](uint32_t worker, uint32_t) { stuck.push_back(worker); }};
};

void checkDeadline() {
  Bench bench;
  check(bench.look(0ns) == 1s && bench.passed.empty(), "a request has until its deadline");
  check(bench.look(1s - 1ns) == 1s && bench.device.errors.empty(), "and not a moment less");
  bench.look(1s);
  check(bench.device.errors == std::vector{-ETIMEDOUT}, "then it is answered");
  check(bench.passed == std::vector{kUnique}, "and told of");
  pollfd bell{bench.bells.fd(0), POLLIN, 0};
  check(::poll(&bell, 1, 0) == 1, "and its worker is rung");
  bench.look(1001ms);
  check(bench.device.errors.size() == 1, "once");
}

void checkStuck() {
  Bench bench;
  check(bench.look(1s) == 2s, "a worker has a second to come back");
  bench.look(2s - 1ns);
  check(bench.stuck.empty(), "and not a moment less");
  bench.look(2s);
  check(bench.stuck == std::vector{0u}, "then it is stuck");
}

void checkProgress() {
  Bench bench;
  bench.look(1s);
  bench.word(ring::worker::kTurns).fetch_add(1);
  bench.look(2s);
  check(bench.stuck.empty(), "one whose event loop has turned is not stuck");
}

void checkReplaced() {
  Bench bench;
  bench.look(1s);
  bench.word(ring::worker::kGeneration).fetch_add(1);
  bench.look(2s);
  check(bench.stuck.empty(), "nor is one that came in its place");
}

void checkStandstill() {
  Bench bench;
  bench.look(1s);
  check(bench.look(5s) == 6s && bench.stuck.empty(),
        "after a look that comes much too late, it has its second anew");
  bench.look(6s);
  check(bench.stuck == std::vector{0u}, "and no more than that");
}

}  // namespace

int main() {
  checkDeadline();
  checkStuck();
  checkProgress();
  checkReplaced();
  checkStandstill();
  return test::finish();
}
