// Reader, watchdog, ring, workers and replies under load, with workers that come and go and some
// that are late, meant for ThreadSanitizer. Build line, from packages/native:
//   g++ -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -fsanitize=thread -g -O1 -Isrc
//   -Itest/cpp
//     test/cpp/device/session-stress-test.cpp src/device/*.cpp src/direct/*.cpp src/ring/*.cpp
//     src/node/*.cpp src/base/*.cpp -o session-stress-test && timeout 120 ./session-stress-test
// With the argument `direct` on that transport, else on `ring`.
// Planted bugs show that each sanitizer is awake: -DPLANTED_RACE makes a counter not atomic,
// -DPLANTED_OVERFLOW writes one byte past a buffer, -DPLANTED_UNDEFINED overflows an int,
// -DPLANTED_REUSE frees a slot at its deadline instead of keeping it in quarantine.

#include <poll.h>

#include <climits>
#include <future>
#include <string_view>
#include <thread>

#include "device/notification-load.hpp"
#include "device/queue-connection.hpp"
#include "device/queue-handle.hpp"
#include "device/session.hpp"
#include "device/stress-session.hpp"
#include "direct/direct-transport.hpp"
#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using test::check;

constexpr uint32_t kWorkers = 4;
constexpr uint32_t kSlots = 16;
constexpr size_t kPayload = 16384;
constexpr int kRequests = 40'000;
/** READ's; one READ in 50 is answered later. */
constexpr uint32_t kTimeoutMs = 2;
constexpr auto kLateness = std::chrono::milliseconds(4);
constexpr uint32_t kOpLookup = 1;
constexpr uint32_t kOpRead = 15;
constexpr uint32_t kOpWrite = 16;

#ifdef PLANTED_RACE
int handled = 0;
#else
std::atomic<int> handled{0};
#endif

std::atomic<int> passed{0};

void layOut(std::span<uint8_t> memory) {
  test::layOutRing(memory, kWorkers, kSlots, kPayload);
  auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory.data() + offset, &value, 4); };
  set(ring::control::kTimeoutErrno, ETIMEDOUT);
  set(ring::control::kTimeouts + kOpRead * 4, kTimeoutMs);
  auto rule = [&](uint32_t opcode, ring::InterruptRule given) {
    memory[ring::control::kInterruptRules + opcode] = static_cast<uint8_t>(given);
  };
  rule(kOpLookup, ring::InterruptRule::kCancel);
  rule(kOpRead, ring::InterruptRule::kAnswer);
  rule(kOpWrite, ring::InterruptRule::kSignal);
}

/** LOOKUP in metadata, READ and WRITE in data, fh of READ and WRITE at 40. */
std::array<uint8_t, device::RequestRouting::kByteLength> routing() {
  std::array<uint8_t, device::RequestRouting::kByteLength> rows{};
  auto row = [&](uint32_t opcode, uint8_t operationClass, uint8_t handle) {
    rows[opcode * 4] = operationClass;
    rows[opcode * 4 + 1] = handle;
  };
  row(kOpLookup, 1, 0);
  row(kOpRead, 2, 40);
  row(kOpWrite, 2, 40);
  return rows;
}

/** As a handler that is late: writes into the buffer it was lent long after its deadline. */
void answerLate(device::Session& session, uint32_t worker, uint32_t slot) {
  std::this_thread::sleep_for(kLateness);
  std::memset(session.ring().slot(slot) + ring::slot::kPayload, 7, 64);
  session.finish(worker, slot, {});
  ++handled;
}

/** As a worker's event loop: waits for its bell, and for what its transport names. */
void await(device::Session& session, uint32_t worker, int& source) {
  if (source < 0) source = session.transport().open(worker);
  std::array<pollfd, 2> fds{{{session.bells().fd(worker), POLLIN, 0}, {source, POLLIN, 0}}};
  session.transport().beforeWait(worker);
  ::poll(fds.data(), fds.size(), 1000);
  session.bells().silence(worker);
}

/** As a worker's thread: waits, serves, and now and then leaves and comes back. */
void work(device::Session& session, uint32_t worker) {
  int served = 0;
  int source = -1;
  session.attachWorker(worker);
  for (;;) {
    await(session, worker, source);
    int32_t slot = session.next(worker);
    for (; slot >= 0; slot = session.next(worker)) {
      uint8_t* memory = session.ring().slot(static_cast<uint32_t>(slot));
      const int32_t error = -EIO;
      std::memcpy(memory + ring::slot::kError, &error, sizeof error);
      // A worker that dies in a handler: its seat is left while the slot is running.
      if (++served % 997 == 0) {
        session.detachWorker(worker);
        source = -1;
        session.attachWorker(worker);
        continue;
      }
      const auto opcode = device::loadWire<uint32_t>(memory, ring::slot::kOpcode);
      if (opcode == kOpRead && served % 50 == 0) {
        answerLate(session, worker, static_cast<uint32_t>(slot));
        continue;
      }
      session.finish(worker, static_cast<uint32_t>(slot), {});
      ++handled;
    }
    if (slot == -2) break;
  }
  session.detachWorker(worker);
}

/** What came of the requests that were sent. */
class Outcome {
 public:
  void note(const device::QueueEvent& event) {
    if (event.kind == device::QueueEventKind::kSettled) {
      ++settled_;
      if (event.error == -EINTR) ++killed_;
    }
    // EAGAIN asks for an INTERRUPT once more, of a request that may be over.
    if (event.kind == device::QueueEventKind::kWritten && event.result < 0 &&
        event.error != -EAGAIN)
      ++refused_;
  }

  int settled() const { return settled_; }
  int killed() const { return killed_; }
  int refused() const { return refused_; }

 private:
  std::atomic<int> settled_{0};
  std::atomic<int> killed_{0};
  std::atomic<int> refused_{0};
};

std::vector<uint8_t> message(uint32_t opcode, uint64_t handle) {
  std::vector<uint8_t> bytes(sizeof(device::InHeader) + 64);
  device::InHeader header{};
  header.length = static_cast<uint32_t>(bytes.size());
  header.opcode = opcode;
  header.nodeid = test::NotificationLoad::kNode;
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &handle, sizeof handle);
  return bytes;
}

/** Requests of all kinds, some signalled, some killed, with object handles of living and dead
 * workers among them. */
void send(device::QueueConnection& connection, const Outcome& outcome) {
  for (int index = 1; index <= kRequests; ++index) {
    const uint32_t opcode = index % 3 == 0 ? kOpLookup : index % 3 == 1 ? kOpRead : kOpWrite;
    const auto kind =
        index % 4 == 0 ? device::SendKind::kBackground : device::SendKind::kForeground;
    const uint64_t handle =
        index % 5 == 0
            ? (uint64_t{1} << 63) | (uint64_t(index % kWorkers) << 56) | (uint64_t(index % 3) << 32)
            : uint64_t{7};
    const uint64_t token = connection.send(message(opcode, handle), kind, {0, 0});
    if (index % 7 == 0) connection.signal(token);
    if (index % 13 == 0) connection.kill(token);
    if (index % 11 == 0) connection.forget({static_cast<uint64_t>(index), 1});
    // INIT is settled too.
    while (index + 1 - outcome.settled() > 200) std::this_thread::yield();
  }
}

/** A second handle beside the session's, which answers what it happens to read. */
void answerBeside(device::DeviceEndpoint& device) {
  std::vector<uint8_t> buffer(kPayload);
  for (;;) {
    const ssize_t count = device.read(buffer);
    if (count == -ENODEV) return;
    if (count < 0) {
      pollfd ready{device.pollFd(), POLLIN, 0};
      ::poll(&ready, 1, 1000);
      continue;
    }
    const auto header = device::loadWire<device::InHeader>(buffer.data(), 0);
    if (header.opcode != kOpLookup && header.opcode != kOpRead && header.opcode != kOpWrite)
      continue;
    device::OutHeader reply{sizeof reply, -EIO, header.unique};
    const std::array<iovec, 1> pieces{{{&reply, sizeof reply}}};
    device.writev(pieces);
  }
}

void plantBugs() {
#ifdef PLANTED_OVERFLOW
  const std::vector<uint8_t> buffer(16);
  *const_cast<volatile uint8_t*>(buffer.data() + buffer.size()) = 1;
#endif
#ifdef PLANTED_UNDEFINED
  volatile int most = INT_MAX;
  most = most + 1;
#endif
}

void loadInClosedLoop(device::QueueConnection& connection) {
  std::promise<int64_t> elapsed;
  connection.repeat(message(kOpLookup, 0), {0, 0}, 8, 5000,
                    [&](int64_t result) { elapsed.set_value(result); });
  check(elapsed.get_future().get() > 0, "a closed loop of clients ends");
}

void onPassed(device::Session& session) {
  ++passed;
#ifdef PLANTED_REUSE
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    const auto state = session.ring().slotWord(slot, ring::slot::kState).load();
    if (state == static_cast<uint32_t>(ring::SlotState::kRunning) &&
        session.ring().isAnswered(slot))
      session.ring().release(slot);
  }
#else
  static_cast<void>(session);
#endif
}

void serve(device::Session& session, Outcome& outcome, bool isDirect) {
  auto connection = std::make_shared<device::QueueConnection>(
      [&outcome](const device::QueueEvent& event) { outcome.note(event); });
  connection->mount(message(26, 0));
  session.attachDevice(connection->openHandle());
  if (isDirect) session.useTransport(std::make_unique<direct::DirectTransport>(session.ring()));
  test::initialize(session);
  std::atomic<int> reason{1};
  session.start([&](int why, const auto&) { reason = why; },
                [&](const device::PassedDeadline&) { onPassed(session); },
                [](uint32_t, uint32_t) {});
  auto beside = connection->openHandle();
  std::vector<std::thread> threads;
  threads.emplace_back([&beside] { answerBeside(*beside); });
  for (uint32_t worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&session, worker] { work(session, worker); });
  }
  test::NotificationLoad notifications(session, *connection);
  send(*connection, outcome);
  for (int waited = 0; outcome.settled() <= kRequests && waited < 10'000; ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  loadInClosedLoop(*connection);
  // How soon the notifier gets a CPU is the machine's affair; that it goes on under load is ours.
  for (int round = 1; round < 50 && notifications.settled() <= 1000; ++round)
    loadInClosedLoop(*connection);
  const uint64_t settled = notifications.settled();
  connection->unmount();
  notifications.stop();
  for (std::thread& thread : threads) thread.join();
  session.stop();
  check(settled > 1000, "notifications are settled meanwhile");
  check(notifications.settled() == notifications.sent(), "each notification is settled, and once");
  check(notifications.retrieved() > 0, "what is retrieved comes back");
  check(reason == -ENODEV, "the reader ends with the connection");
}

}  // namespace

int main(int argc, char** argv) {
  const size_t length = ring::slotsOffset(kWorkers) + kSlots * (ring::kPageSize + kPayload);
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(ring::kPageSize, length));
  std::memset(memory, 0, length);
  layOut({memory, length});
  plantBugs();
  Outcome outcome;
  {
    device::Session session({memory, length}, routing(), false);
    serve(session, outcome, argc > 1 && std::string_view(argv[1]) == "direct");
  }
  check(outcome.settled() == kRequests + 1, "every request is settled, and once");
  check(outcome.killed() <= kRequests / 7 + kRequests / 13,
        "only the killed and signalled get EINTR");
  check(outcome.refused() == 0, "no reply is refused");
  check(handled > 0, "workers answered");
  check(passed > 0, "deadlines passed");
  std::free(memory);
  return test::finish();
}
