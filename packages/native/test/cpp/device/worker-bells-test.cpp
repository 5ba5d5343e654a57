// What wakes workers, and where they wait: no wake is lost between the word, the bell and those who
// forbid the one or the other.

#include "device/worker-bells.hpp"

#include <poll.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "mount/check.hpp"
#include "ring/lay-out-ring.hpp"

namespace {

using namespace fuseloop;
using namespace std::chrono_literals;
using test::check;
namespace rest = ring::rest;

constexpr uint32_t kWorkers = 3;
constexpr uint32_t kSlots = 16;
/** Of a wait that must end: much longer than any machine is busy. */
constexpr int kDeadlineMs = 60'000;
/** Others may do all the work for as long as they like. */
constexpr int kForEver = -1;

std::vector<uint8_t> laidOut() {
  std::vector<uint8_t> memory(ring::slotsOffset(kWorkers) + kSlots * ring::kPageSize);
  test::layOutRing(memory, kWorkers, kSlots, 0);
  return memory;
}

struct Bench {
  Bench() {
    for (uint32_t worker = 0; worker < kWorkers; ++worker)
      word(worker, ring::worker::kAlive).store(1);
  }

  std::atomic_ref<uint32_t> word(uint32_t worker, size_t offset) {
    return ring.workerWord(worker, offset);
  }
  void sleeps(uint32_t worker, uint32_t state) {
    word(worker, ring::worker::kSleeping).store(state);
  }
  uint32_t state(uint32_t worker) { return word(worker, ring::worker::kSleeping).load(); }
  bool isRung(uint32_t worker, int timeoutMs = 0) const {
    pollfd bell{bells.fd(worker), POLLIN, 0};
    return ::poll(&bell, 1, timeoutMs) > 0;
  }
  void untilItWaits(uint32_t worker) {
    while (state(worker) != rest::kOnWord) std::this_thread::sleep_for(100us);
  }

  std::vector<uint8_t> memory = laidOut();
  ring::RequestRing ring{memory};
  device::WorkerBells bells{ring};
};

/** Waits on its word by a thread of its own. */
class Waiting {
 public:
  Waiting(Bench& bench, uint32_t worker)
      : thread_([this, &bench, worker] { wasWoken_ = bench.bells.waitOnWord(worker); }) {}
  bool wasWoken() {
    thread_.join();
    return wasWoken_;
  }

 private:
  bool wasWoken_ = false;
  std::jthread thread_;
};

void checkWaitsWhereLet() {
  Bench bench;
  bench.sleeps(0, rest::kInLoop);
  check(!bench.bells.waitOnWord(0), "nobody waits on a word that is not allowed to");
  check(bench.state(0) == rest::kInLoop, "who does not wait still says that it sleeps");
  bench.bells.allowWords();
  bench.sleeps(0, rest::kNone);
  check(bench.bells.waitOnWord(0), "who was woken before does not wait");
}

void checkEndsOfWaits() {
  Bench bench;
  bench.bells.allowWords();
  bench.sleeps(1, rest::kInLoop);
  Waiting woken(bench, 1);
  bench.untilItWaits(1);
  bench.bells.wakeOne();
  check(woken.wasWoken() && !bench.isRung(1), "who waits on its word is woken without its bell");

  bench.sleeps(1, rest::kInLoop);
  Waiting rung(bench, 1);
  bench.untilItWaits(1);
  bench.bells.ring(1);
  check(!rung.wasWoken() && bench.isRung(1), "who is rung goes to its event loop");
  check(bench.bells.wake(1), "and is woken there");
  bench.bells.silence(1);

  bench.sleeps(1, rest::kInLoop);
  Waiting forbidden(bench, 1);
  bench.untilItWaits(1);
  bench.bells.forbidWords();
  check(!forbidden.wasWoken() && !bench.isRung(1), "who may wait no more goes to its event loop");
  check(bench.bells.wake(1) && bench.isRung(1), "where its bell wakes it");
}

/** Fills a slot and puts it into a shared queue. */
void queueOne(Bench& bench) {
  const auto slot = static_cast<uint32_t>(bench.ring.arm());
  bench.ring.fill(slot, 3, 56, slot + 1, 0);
  bench.ring.classQueue(1).push(slot);
}

void checkThoseWhoComeSoon() {
  Bench bench;
  bench.sleeps(0, rest::kSoon);
  bench.sleeps(1, rest::kInLoop);
  for (int count = 0; count < 4; ++count) {
    queueOne(bench);
    bench.bells.wakeOne();
  }
  check(!bench.isRung(1), "nobody is woken for few requests that somebody comes for soon");
  bench.bells.wakeAnother();
  check(bench.isRung(1), "but if it does not come after all");
  bench.bells.silence(1);
  bench.sleeps(1, rest::kInLoop);
  queueOne(bench);
  bench.bells.wakeOne();
  check(bench.isRung(1), "one more is for another worker");

  Bench other;
  other.sleeps(0, rest::kSoon);
  other.word(0, ring::worker::kAlive).store(0);
  other.sleeps(1, rest::kInLoop);
  queueOne(other);
  other.bells.wakeOne();
  check(other.isRung(1), "nobody counts on a worker that has ended");
}

/** As Session::next does: takes what is queued, else announces its sleep, looks again, and waits.
 */
void serve(Bench& bench, uint32_t worker, std::atomic<int>& left) {
  ring::SlotQueue queue = bench.ring.classQueue(1);
  while (left.load() > 0) {
    if (const int32_t slot = queue.pop(); slot >= 0) {
      bench.ring.release(static_cast<uint32_t>(slot));
      left.fetch_sub(1);
      continue;
    }
    bench.sleeps(worker, rest::kInLoop);
    if (queue.empty() && left.load() > 0 && !bench.bells.waitOnWord(worker)) {
      if (!bench.isRung(worker, kForEver)) return;
      bench.bells.silence(worker);
    }
    bench.sleeps(worker, rest::kNone);
  }
}

void checkNoWakeIsLost() {
  constexpr int kRequests = 30'000;
  Bench bench;
  std::atomic<int> left{kRequests};
  std::vector<std::jthread> workers;
  for (uint32_t worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&bench, worker, &left] { serve(bench, worker, left); });
  std::jthread forbids([&bench](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      bench.bells.allowWords();
      std::this_thread::sleep_for(200us);
      bench.bells.forbidWords();
    }
  });
  std::mt19937 random(1);
  for (int count = 0; count < kRequests; ++count) {
    int32_t slot = bench.ring.arm();
    for (; slot < 0; slot = bench.ring.arm()) std::this_thread::yield();
    bench.ring.fill(static_cast<uint32_t>(slot), 3, 56, static_cast<uint64_t>(count) + 1, 0);
    bench.ring.classQueue(1).push(static_cast<uint32_t>(slot));
    bench.bells.wakeOne();
    // Now and then all have gone to sleep.
    if (random() % 16 == 0) std::this_thread::sleep_for(50us);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeadlineMs);
  while (left.load() > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(1ms);
  check(left.load() == 0, std::to_string(left.load()) + " of 30000 requests found nobody");
  left.store(0);
  bench.bells.ringAll();
}

}  // namespace

int main() {
  checkWaitsWhereLet();
  checkEndsOfWaits();
  checkThoseWhoComeSoon();
  checkNoWakeIsLost();
  return test::finish();
}
