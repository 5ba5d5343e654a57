// The native reader, ring, routing and replies, given what no kernel sends, while workers serve,
// leave and come back. Meant for AddressSanitizer and UndefinedBehaviorSanitizer; see
// reader-fuzz.test.ts for how it is built.
// Usage: reader-fuzz-test ROUTING SEED ROUNDS [planted-overflow | planted-undefined]
// ROUTING is routingTable() of @fuseloop/core/dispatch in hex. The planted ones must be reported.

#include <poll.h>

#include <cstdlib>
#include <limits>
#include <string>
#include <thread>

#include "device/fuzz-device.hpp"
#include "device/fuzz-messages.hpp"
#include "device/session.hpp"
#include "mount/check.hpp"
#include "ring/lay-out-ring.hpp"

namespace {

using namespace fuseloop;
using test::check;
using Routing = std::array<uint8_t, device::RequestRouting::kByteLength>;

constexpr uint32_t kWorkers = 3;
constexpr uint32_t kSlots = 5;
constexpr size_t kPayload = 8192;
constexpr size_t kRoom = ring::kPageSize - ring::slot::kRequest + kPayload;
constexpr int kMessagesPerRound = 200;
/** Forgotten at once they stay below what makes the reader write into a slot it has just read into
 * (kForgottenMost), whose tail the device has poisoned. */
constexpr int kNodesPerRound = 60;
constexpr int kDeadlineMs = 30'000;

std::atomic<int> strangeRequests{0};
std::atomic<int> served{0};

Routing parseRouting(const std::string& hex) {
  Routing rows{};
  for (size_t index = 0; index < rows.size() && index * 2 + 2 <= hex.size(); ++index) {
    rows[index] = static_cast<uint8_t>(std::stoul(hex.substr(index * 2, 2), nullptr, 16));
  }
  return rows;
}

void layOut(std::span<uint8_t> memory) {
  auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory.data() + offset, &value, 4); };
  test::layOutRing(memory, kWorkers, kSlots, kPayload);
  set(ring::control::kTimeoutErrno, ETIMEDOUT);
  for (uint32_t opcode = 0; opcode < ring::kRuleCount; ++opcode) {
    // Every rule for interrupts, and deadlines that some late answers miss.
    memory[ring::control::kInterruptRules + opcode] = static_cast<uint8_t>(opcode % 4);
    set(ring::control::kTimeouts + opcode * 4, opcode % 3 == 0 ? 1 + opcode % 5 : 0);
  }
}

/** One worker's thread: answers in all the ways there are, some at once, some late, some never. */
class Worker {
 public:
  Worker(device::Session& session, uint32_t index, uint64_t seed)
      : session_(session), index_(index), random_(seed + index) {}

  void run() {
    session_.attachWorker(index_);
    int32_t slot = -1;
    while (slot != -2) {
      pollfd bell{session_.bells().fd(index_), POLLIN, 0};
      ::poll(&bell, 1, 5);
      session_.bells().silence(index_);
      for (slot = session_.next(index_); slot >= 0; slot = session_.next(index_)) {
        take(static_cast<uint32_t>(slot));
      }
      for (const uint32_t late : held_) answer(late);
      held_.clear();
    }
    session_.detachWorker(index_);
  }

 private:
  void take(uint32_t slot) {
    const uint8_t* memory = session_.ring().slot(slot);
    const auto length = device::loadWire<uint32_t>(memory, ring::slot::kRequestLength);
    const auto header = device::loadWire<device::InHeader>(memory, ring::slot::kRequest);
    if (length < sizeof header || length > kRoom) ++strangeRequests;
    ++served;
    const uint64_t choice = random_() % 50;
    if (header.opcode == device::kOpBatchForget) {
      // Our own message; its identities are empty here.
      if (header.unique != 0 || length != header.length) ++strangeRequests;
      session_.discard(index_, slot);
    } else if (choice == 0) {
      // A worker that dies in a handler: its seat is left while slots are running.
      held_.clear();
      session_.detachWorker(index_);
      session_.attachWorker(index_);
    } else if (choice < 10) {
      held_.push_back(slot);
    } else {
      answer(slot);
    }
  }

  void answer(uint32_t slot) {
    uint8_t* memory = session_.ring().slot(slot);
    auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory + offset, &value, 4); };
    const bool fails = random_() % 3 == 0;
    set(ring::slot::kError, fails ? static_cast<uint32_t>(-EIO) : 0);
    set(ring::slot::kBodyLength, static_cast<uint32_t>(random_() % 3 * 16));
    set(ring::slot::kPayloadLength, static_cast<uint32_t>(random_() % (kPayload + 1)));
    const std::vector<uint8_t> own(random_() % 100);
    session_.finish(index_, slot, own);
    if (session_.finish(index_, slot, {}) != -EALREADY) ++strangeRequests;
  }

  device::Session& session_;
  const uint32_t index_;
  std::mt19937_64 random_;
  std::vector<uint32_t> held_;
};

bool waitUntil(const std::function<bool()>& holds) {
  for (int waited = 0; waited < kDeadlineMs; ++waited) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

/** True when all was read, answered and told. */
bool playRound(device::Session& session, test::FuzzDevice& device, test::FuzzMessages& messages) {
  for (int index = 0; index < kNodesPerRound; ++index) {
    const std::string name = "n" + std::to_string(messages.below(1000));
    session.nodes().remember(1, name, {}, 0100000);
  }
  for (int index = 0; index < kMessagesPerRound; ++index) device.put(messages.next());
  return waitUntil([&] { return device.isDone() && session.nodes().forgottenCount() == 0; });
}

void fuzz(std::span<uint8_t> memory, const Routing& routing, uint64_t seed, int rounds,
          bool looksBehind) {
  device::Session session(memory, routing, false);
  session.nodes().keepForgotten();
  auto owned = std::make_unique<test::FuzzDevice>(looksBehind);
  test::FuzzDevice& device = *owned;
  session.attachDevice(std::move(owned));
  std::atomic<int> reason{1};
  session.start([&](int why, const auto&) { reason = why; }, [](const device::PassedDeadline&) {},
                [](uint32_t, uint32_t) {});
  std::vector<std::thread> workers;
  for (uint32_t index = 0; index < kWorkers; ++index) {
    workers.emplace_back([&session, index, seed] { Worker(session, index, seed).run(); });
  }
  test::FuzzMessages messages(seed, kRoom);
  int round = 0;
  while (round < rounds && playRound(session, device, messages)) ++round;
  check(round == rounds, "every request of every round is answered");
  check(device.faults() == 0, "once, and in a form that the kernel takes");
  std::printf("# round %d, %zu owed, %d answers, %d of them by workers\n", round, device.owed(),
              device.answers(), served.load());
  check(strangeRequests == 0, "workers get whole requests, and finish each once");
  check(served > rounds * kMessagesPerRound / 4, "most requests reach a worker");
  device.end();
  for (std::thread& worker : workers) worker.join();
  session.stop();
  check(reason == -ENODEV, "the reader ends with the device");
  uint32_t free = 0;
  while (session.ring().arm() >= 0) ++free;
  check(free == kSlots, "no slot is lost");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const std::string planted = count > 4 ? arguments[4] : "";
  const uint64_t seed = std::stoull(arguments[2]);
  const int rounds = std::stoi(arguments[3]);
  if (planted == "planted-undefined") {
    int most = std::numeric_limits<int>::max() - rounds;
    most += rounds + 1;
    std::printf("# %d\n", most);
  }
  std::printf("# seed %s\n", arguments[2]);
  const size_t length = ring::slotsOffset(kWorkers) + kSlots * (ring::kPageSize + kPayload);
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(ring::kPageSize, length));
  std::memset(memory, 0, length);
  layOut({memory, length});
  fuzz({memory, length}, parseRouting(arguments[1]), seed, rounds, planted == "planted-overflow");
  std::free(memory);
  return test::finish();
}
