// Locks under load, meant for ThreadSanitizer: the manager by itself, whose threads check that who
// has a lock has it alone, and a whole session, in which requests are parked while they are
// interrupted and granted. Build as session-stress-test.cpp.

#include <poll.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <random>
#include <thread>

#include "device/queue-connection.hpp"
#include "device/queue-handle.hpp"
#include "device/session.hpp"
#include "device/stress-session.hpp"
#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using node::LockKind;
using node::LockType;
using test::check;

constexpr uint32_t kOwners = 8;
constexpr int kRounds = 4000;
constexpr uint64_t kBytes = 8;
constexpr uint64_t kNodes = 3;

/** Where requests that wait learn what became of them. */
class Replies {
 public:
  void answer(uint64_t unique, int error) {
    std::lock_guard lock(mutex_);
    if (!answers_.emplace(unique, error).second) ++repeated;
    arrived_.notify_all();
  }

  int await(uint64_t unique) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return answers_.contains(unique); });
    return answers_.at(unique);
  }

  int repeated = 0;

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<uint64_t, int> answers_;
};

/** Per node and byte, who believes to have it. */
class Possession {
 public:
  void take(const node::LockRequest& request) { change(request, 1); }
  void leave(const node::LockRequest& request) { change(request, -1); }

  std::atomic<int> violations{0};

 private:
  void change(const node::LockRequest& request, int by) {
    for (uint64_t byte = request.lock.start; byte <= request.lock.end; ++byte) {
      auto& [readers, writers] = bytes_[request.nodeid][byte];
      const bool isWriter = request.lock.type == LockType::kWrite;
      (isWriter ? writers : readers) += by;
      const int others = writers + (isWriter ? readers.load() : 0);
      if (by > 0 && others != (isWriter ? 1 : 0)) ++violations;
    }
  }

  std::array<std::array<std::pair<std::atomic<int>, std::atomic<int>>, kBytes>, kNodes> bytes_{};
};

struct Shared {
  Replies replies;
  Possession possession;
  std::atomic<int> granted{0};
  std::atomic<int> cancelled{0};
};

/** Every 31st client is gone when its grant comes. */
bool isRefused(uint64_t unique) { return unique % 31 == 0; }

void own(node::LockManager& locks, Shared& shared, uint32_t owner) {
  std::mt19937 random(owner);
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t unique = (uint64_t{owner} << 32) | static_cast<uint64_t>(round);
    const uint64_t start = random() % kBytes;
    const uint64_t end = std::min(kBytes - 1, start + random() % 3);
    const auto type = random() % 3 == 0 ? LockType::kRead : LockType::kWrite;
    const node::LockRequest request{
        random() % kNodes, LockKind::kPosix, {owner, start, end, type, owner}};
    int result = locks.wait(request, {unique, 0}, [] { return true; });
    if (result == node::kLockParked) {
      if (random() % 4 == 0 && locks.cancel(unique)) {
        ++shared.cancelled;
        continue;
      }
      result = shared.replies.await(unique);
      if (result == 0) ++shared.granted;
    }
    if (result != 0) {
      // Its lock is about to be taken back: nobody asks by this name again.
      owner += kOwners;
      continue;
    }
    shared.possession.take(request);
    if (random() % 2 == 0) std::this_thread::yield();
    shared.possession.leave(request);
    if (random() % 2 == 0) {
      locks.release(request.nodeid, LockKind::kPosix, owner);
    } else {
      locks.takeBack(request);
    }
  }
}

void stressManager() {
  Shared shared;
  node::LockManager locks([&shared](uint64_t unique) {
    shared.replies.answer(unique, isRefused(unique) ? -ENOENT : 0);
    return !isRefused(unique);
  });
  std::vector<std::thread> owners;
  for (uint32_t owner = 1; owner <= kOwners; ++owner) {
    owners.emplace_back([&locks, &shared, owner] { own(locks, shared, owner); });
  }
  for (std::thread& thread : owners) thread.join();
  check(shared.possession.violations == 0, "who has a lock has it alone");
  check(shared.replies.repeated == 0, "each request is answered once");
  check(locks.held() == 0, "all locks were let go");
  check(locks.waiting() == 0, "nobody waits");
  check(shared.granted > 0 && shared.cancelled > 0, "some waited and got it, some gave up");
}

constexpr uint32_t kOpSetlkw = 33;
constexpr uint32_t kOpFlush = 25;
constexpr uint32_t kWorkers = 4;
constexpr uint32_t kSlots = 8;
constexpr size_t kPayload = 16384;
constexpr uint64_t kClients = 64;
constexpr int kLocks = 20'000;

/** As lock-operations.ts: a lock request is set or parked, FLUSH lets go. */
void serveSlot(device::Session& session, uint32_t worker, uint32_t slot) {
  uint8_t* memory = session.ring().slot(slot);
  const auto header = device::loadWire<device::InHeader>(memory, ring::slot::kRequest);
  const size_t body = ring::slot::kRequest + sizeof header;
  int error = 0;
  if (header.opcode == kOpSetlkw) {
    const node::Lock lock{device::loadWire<uint64_t>(memory, body + 8), 0, node::kLockEnd,
                          LockType::kWrite, 0};
    const int result = session.park(worker, slot, {header.nodeid, LockKind::kPosix, lock});
    if (result == node::kLockParked) return;
    error = result;
  } else {
    session.locks().release(header.nodeid, LockKind::kPosix,
                            device::loadWire<uint64_t>(memory, body + 16));
  }
  std::memcpy(memory + ring::slot::kError, &error, sizeof error);
  session.finish(worker, slot, {});
}

void work(device::Session& session, uint32_t worker) {
  session.attachWorker(worker);
  for (;;) {
    pollfd bell{session.bells().fd(worker), POLLIN, 0};
    ::poll(&bell, 1, 1000);
    session.bells().silence(worker);
    int32_t slot = session.next(worker);
    for (; slot >= 0; slot = session.next(worker)) {
      serveSlot(session, worker, static_cast<uint32_t>(slot));
    }
    if (slot == -2) break;
  }
  session.detachWorker(worker);
}

/** Clients, each with one request at a time: who gets the lock lets it go. */
class Clients {
 public:
  /** Under the connection's lock: only notes. */
  void note(const device::QueueEvent& event) {
    // EAGAIN asks for an INTERRUPT once more, of a request that may be over.
    if (event.kind == device::QueueEventKind::kWritten && event.result < 0 &&
        event.error != -EAGAIN)
      ++refused;
    if (event.kind != device::QueueEventKind::kSettled) return;
    std::lock_guard lock(mutex_);
    settled_.push_back({event.token, event.error});
    arrived_.notify_all();
  }

  void run(device::QueueConnection& connection) {
    for (uint64_t client = 0; client < kClients; ++client) ask(connection, client);
    while (!waiting_.empty()) {
      const auto [token, error] = next();
      const auto found = waiting_.find(token);
      if (found == waiting_.end()) continue;
      const auto [client, isLock] = found->second;
      waiting_.erase(found);
      if (isLock) ++(error == 0 ? got : error == -EINTR ? interrupted : failed);
      if (isLock && error == 0)
        letGo(connection, client);
      else if (asked_ < kLocks)
        ask(connection, client);
    }
  }

  std::atomic<int> refused{0};
  int got = 0;
  int interrupted = 0;
  int failed = 0;

 private:
  struct Settled {
    uint64_t token;
    int32_t error;
  };

  void ask(device::QueueConnection& connection, uint64_t client) {
    ++asked_;
    // fuse_lk_in: owner at 8.
    const uint64_t token = send(connection, kOpSetlkw, client, 8);
    waiting_.emplace(token, std::pair{client, true});
    // One who waits already, or is about to.
    if (asked_ % 3 == 0) connection.signal(waiting_.begin()->first);
    if (asked_ % 5 == 0) connection.signal(token);
  }

  void letGo(device::QueueConnection& connection, uint64_t client) {
    // fuse_flush_in: lock_owner at 16.
    waiting_.emplace(send(connection, kOpFlush, client, 16), std::pair{client, false});
  }

  uint64_t send(device::QueueConnection& connection, uint32_t opcode, uint64_t client,
                size_t ownerAt) {
    std::vector<uint8_t> bytes(sizeof(device::InHeader) + 48);
    device::InHeader header{};
    header.length = static_cast<uint32_t>(bytes.size());
    header.opcode = opcode;
    header.nodeid = 2 + client % 4;
    std::memcpy(bytes.data(), &header, sizeof header);
    const uint64_t owner = client + 1;
    std::memcpy(bytes.data() + sizeof header + ownerAt, &owner, sizeof owner);
    return connection.send(bytes, device::SendKind::kForeground, {0, 0});
  }

  Settled next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !settled_.empty(); });
    const Settled first = settled_.front();
    settled_.pop_front();
    return first;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Settled> settled_;
  std::map<uint64_t, std::pair<uint64_t, bool>> waiting_;
  int asked_ = 0;
};

void stressSession(std::span<uint8_t> memory) {
  const std::array<uint8_t, device::RequestRouting::kByteLength> routing{};
  device::Session session(memory, routing, false);
  Clients clients;
  auto connection = std::make_shared<device::QueueConnection>(
      [&clients](const device::QueueEvent& event) { clients.note(event); });
  std::vector<uint8_t> init(sizeof(device::InHeader) + 64);
  device::InHeader header{};
  header.length = static_cast<uint32_t>(init.size());
  header.opcode = 26;
  std::memcpy(init.data(), &header, sizeof header);
  connection->mount(init);
  session.attachDevice(connection->openHandle());
  test::initialize(session);
  session.start([](int, const auto&) {}, [](const device::PassedDeadline&) {},
                [](uint32_t, uint32_t) {});
  std::vector<std::thread> workers;
  for (uint32_t worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&session, worker] { work(session, worker); });
  }
  clients.run(*connection);
  check(session.locks().held() == 0, "who got a lock has let it go");
  check(session.locks().waiting() == 0, "nobody waits");
  connection->unmount();
  for (std::thread& thread : workers) thread.join();
  session.stop();
  check(clients.refused == 0, "each request is answered once");
  check(clients.got > 0 && clients.interrupted > 0, "some got the lock, some were interrupted");
  check(clients.failed == 0, "none failed otherwise");
}

}  // namespace

int main() {
  stressManager();
  const size_t length = ring::slotsOffset(kWorkers) + kSlots * (ring::kPageSize + kPayload);
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(ring::kPageSize, length));
  std::memset(memory, 0, length);
  test::layOutRing({memory, length}, kWorkers, kSlots, kPayload);
  // SETLKW that no worker has begun is answered by its interrupt.
  memory[ring::control::kInterruptRules + kOpSetlkw] =
      static_cast<uint8_t>(ring::InterruptRule::kCancel);
  stressSession({memory, length});
  std::free(memory);
  return test::finish();
}
