// Reader, ring, workers and replies under load, with workers that come and go, meant for
// ThreadSanitizer. Build line, from packages/native:
//   g++ -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -fsanitize=thread -g -O1 -Isrc
//   -Itest/cpp
//     test/cpp/device/session-stress-test.cpp src/device/*.cpp src/ring/*.cpp src/node/*.cpp
//     src/base/*.cpp -o session-stress-test && timeout 120 ./session-stress-test
// With -DPLANTED_RACE one counter is not atomic: ThreadSanitizer must report it.

#include <poll.h>

#include <thread>

#include "device/queue-device.hpp"
#include "device/session.hpp"
#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using test::check;

constexpr uint32_t kWorkers = 4;
constexpr uint32_t kSlots = 16;
constexpr size_t kPayload = 16384;
constexpr int kRequests = 40'000;
constexpr uint32_t kOpLookup = 1;
constexpr uint32_t kOpRead = 15;
constexpr uint32_t kOpWrite = 16;

#ifdef PLANTED_RACE
int handled = 0;
#else
std::atomic<int> handled{0};
#endif

void layOut(std::span<uint8_t> memory) {
  auto set = [&](size_t offset, uint32_t value) { std::memcpy(memory.data() + offset, &value, 4); };
  set(ring::control::kMagic, ring::kMagic);
  set(ring::control::kVersion, ring::kVersion);
  set(ring::control::kSlotCount, kSlots);
  set(ring::control::kWorkerCount, kWorkers);
  set(ring::control::kPayloadSize, kPayload);
  set(ring::control::kFreeBitmap, (1u << kSlots) - 1);
  auto initialize = [&](size_t cells) {
    for (uint32_t cell = 0; cell < ring::queue::kCapacity; ++cell) {
      set(cells + cell * ring::queue::kCellByteLength, cell);
    }
  };
  for (uint32_t index = 0; index < ring::kClassCount; ++index) {
    initialize(ring::queueCellsOffset(kWorkers, index));
  }
  for (uint32_t worker = 0; worker < kWorkers; ++worker) {
    initialize(ring::workerPageOffset(worker) + ring::worker::kCells);
  }
}

/** LOOKUP in metadata and cancellable, READ and WRITE in data, fh of READ and WRITE at 40. */
std::array<uint8_t, device::RequestRouting::kByteLength> routing() {
  std::array<uint8_t, device::RequestRouting::kByteLength> rows{};
  auto row = [&](uint32_t opcode, uint8_t operationClass, uint8_t handle, uint8_t cancellable) {
    rows[opcode * 4] = operationClass;
    rows[opcode * 4 + 1] = handle;
    rows[opcode * 4 + 3] = cancellable;
  };
  row(kOpLookup, 1, 0, 1);
  row(kOpRead, 2, 40, 1);
  row(kOpWrite, 2, 40, 0);
  return rows;
}

/** As a worker's thread: waits for the bell, serves, and now and then leaves and comes back. */
void work(device::Session& session, uint32_t worker) {
  int served = 0;
  session.attachWorker(worker);
  for (;;) {
    pollfd bell{session.bells().fd(worker), POLLIN, 0};
    ::poll(&bell, 1, 1000);
    session.bells().silence(worker);
    int32_t slot = session.next(worker);
    for (; slot >= 0; slot = session.next(worker)) {
      uint8_t* memory = session.ring().slot(static_cast<uint32_t>(slot));
      const int32_t error = -EIO;
      std::memcpy(memory + ring::slot::kError, &error, sizeof error);
      // A worker that dies in a handler: its seat is left while the slot is running.
      if (++served % 997 == 0) {
        session.detachWorker(worker);
        session.attachWorker(worker);
        continue;
      }
      session.finish(worker, static_cast<uint32_t>(slot), {});
      ++handled;
    }
    if (slot == -2) break;
  }
  session.detachWorker(worker);
}

/** Requests of all kinds, every seventh interrupted, with object handles of living and dead workers
 * among them. */
void send(test::QueueDevice& device) {
  std::vector<uint8_t> body(64);
  for (int index = 1; index <= kRequests; ++index) {
    const auto unique = static_cast<uint64_t>(index) * 2;
    const uint32_t opcode = index % 3 == 0 ? kOpLookup : index % 3 == 1 ? kOpRead : kOpWrite;
    const uint64_t handle =
        index % 5 == 0
            ? (uint64_t{1} << 63) | (uint64_t(index % kWorkers) << 56) | (uint64_t(index % 3) << 32)
            : uint64_t{7};
    std::memcpy(body.data(), &handle, sizeof handle);
    device.send(opcode, unique, body);
    if (index % 7 == 0) {
      std::vector<uint8_t> target(8);
      std::memcpy(target.data(), &unique, sizeof unique);
      device.send(device::kOpInterrupt, unique | 1, target);
    }
    if (index % 11 == 0) device.send(device::kOpForget, unique, std::vector<uint8_t>(8, 1));
    while (device.unanswered() > 200) std::this_thread::yield();
  }
}

}  // namespace

int main() {
  const size_t length = ring::slotsOffset(kWorkers) + kSlots * (ring::kPageSize + kPayload);
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(ring::kPageSize, length));
  std::memset(memory, 0, length);
  layOut({memory, length});
  {
    device::Session session({memory, length}, routing(), false);
    auto owned = std::make_unique<test::QueueDevice>();
    test::QueueDevice& device = *owned;
    session.attachDevice(std::move(owned));
    std::atomic<int> reason{1};
    session.start([&](int why) { reason = why; });
    std::vector<std::thread> workers;
    for (uint32_t worker = 0; worker < kWorkers; ++worker) {
      workers.emplace_back([&session, worker] { work(session, worker); });
    }
    send(device);
    for (int waited = 0; device.unanswered() > 0 && waited < 10'000; ++waited) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    check(device.unanswered() == 0, "every request is answered");
    check(device.answered() == kRequests, "and once");
    check(device.wrong() == 0, "no reply is refused or of a wrong length");
    check(handled > 0, "workers answered");
    device.end();
    for (std::thread& worker : workers) worker.join();
    session.stop();
    check(reason == -ENODEV, "the reader ends with the device");
  }
  std::free(memory);
  return test::finish();
}
