#include "uring/uring-transport.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/monotonic-clock.hpp"
#include "base/system-error.hpp"
#include "uring/cached-files.hpp"
#include "uring/fuse-commands.hpp"
#include "uring/queue-plan.hpp"

namespace fuseloop::uring {

namespace layout = ring::slot;

namespace {

constexpr int kTryMs = 1000;
}  // namespace

UringTransport::UringTransport(ring::RequestRing& ring, int device, const UringOptions& options)
    : Transport(ring),
      device_(device),
      options_(options),
      cpus_(possibleCpus()),
      flow_(ring),
      keeper_(device, flow_, ring.workerCount()),
      entries_(
          entriesOf(options.entries, flow_.entries().most(), std::max(ring.workerCount(), cpus_))) {
  if (entries_ == 0) throw base::SystemError(ERANGE, "FUSE_IO_URING_CMD_REGISTER", "/dev/fuse");
  for (uint32_t worker = 0; worker < ring.workerCount(); ++worker)
    made_.push_back(std::make_shared<WorkerRing>(device));
  tryOut();
}

UringTransport::~UringTransport() { keeper_.stop(); }

/** Before INIT is answered the kernel refuses a registration with EAGAIN, if nothing else is wrong
 * (fs/fuse/dev_uring.c fuse_uring_cmd()). */
void UringTransport::tryOut() {
  WorkerRing ring(device_);
  io_uring_sqe* submission = ring.io().prepare();
  const std::array<iovec, 2> buffers{{{ring_.slot(0) + layout::kUringHeader, header::kLength},
                                      {ring_.slot(0) + layout::kPayload, ring_.payloadSize()}}};
  fillRegister(*submission, 0, 0, buffers.data());
  ring.io().publish();
  // On a thread of its own: what is refused so has passed through a kernel thread, which wakes
  // every 5 s while the thread lives that has submitted it (io_uring/io-wq.c io_wq_worker()).
  std::thread([&] {
    ring.io().submit();
    pollfd ready{ring.io().fd(), POLLIN, 0};
    ::poll(&ready, 1, kTryMs);
  }).join();
  IoUring::Completion completion{0, -ETIMEDOUT};
  ring.io().take(completion);
  if (completion.result != -EAGAIN)
    throw base::SystemError(-completion.result, "FUSE_IO_URING_CMD_REGISTER", "/dev/fuse");
}

void UringTransport::start(const device::TransportParts& parts) {
  flow_.start(parts);
  keeper_.start([&nodes = parts.nodes, &openFiles = parts.openFiles] {
    return cachedFiles(nodes, openFiles);
  });
}

void UringTransport::stop() {
  keeper_.stop();
  std::lock_guard lock(madeMutex_);
  made_.assign(made_.size(), nullptr);
}

std::shared_ptr<WorkerRing> UringTransport::makeRing(uint32_t worker) {
  {
    std::lock_guard lock(madeMutex_);
    if (made_[worker]) return std::move(made_[worker]);
  }
  try {
    return std::make_shared<WorkerRing>(device_);
  } catch (const base::SystemError&) {
    // It serves what others bring to the shared queues.
    return nullptr;
  }
}

int UringTransport::open(uint32_t worker) {
  if (!flow_.hasStarted() || ring_.state() != ring::SessionState::kServing) return -1;
  std::shared_ptr<WorkerRing> ring = makeRing(worker);
  if (!ring) return -1;
  const std::vector<uint16_t> queues = queuesOf(worker, ring_.workerCount(), cpus_);
  if (queues.size() == 1) pinTo(queues.front());
  prefer(options_.priority);
  ring->io().registerSelf();
  flow_.exchange().rings().set(worker, ring);
  for (const uint16_t queue : queues) flow_.exchange().addFirst(*ring, worker, queue, worker);
  for (uint32_t entry = 1; entry < entries_; ++entry) {
    for (const uint16_t queue : queues) flow_.exchange().add(*ring, worker, queue, worker);
  }
  ring->io().submit();
  return ring->io().fd();
}

void UringTransport::close(uint32_t worker) {
  std::shared_ptr<WorkerRing> ring = flow_.exchange().rings().take(worker);
  if (ring) keeper_.retire(worker, std::move(ring), queuesOf(worker, ring_.workerCount(), cpus_));
}

int32_t UringTransport::take(uint32_t worker) {
  WorkerRing* ring = flow_.ownRing(worker);
  if (ring == nullptr) return -1;
  if (ring->isStuck.load(std::memory_order_relaxed))
    ring->isStuck.store(false, std::memory_order_relaxed);
  IoUring& io = ring->io();
  for (;;) {
    commitReturns(*ring, worker);
    IoUring::Completion completion{};
    // What was answered goes out when there is nothing more to do: by linger(), or by flush() when
    // promises have gone on.
    if (!io.take(completion)) return -1;
    if (completion.data == kBell) {
      ring->watchesBell.store(false, std::memory_order_relaxed);
      // It is for the event loop.
      ring->lingersUntil = 0;
      continue;
    }
    const int32_t slot = flow_.arrive(completion, worker);
    if (slot < 0) continue;
    ring->hasTaken = true;
    ring->arrivedAt = ring_.filledAt(static_cast<uint32_t>(slot));
    // Finished answers do not wait for a handler that may take its time.
    if (io.unsubmitted() > 0 && !answersSoon(static_cast<uint32_t>(slot))) io.submit();
    return slot;
  }
}

void UringTransport::mayLinger(uint32_t worker, uint64_t until) {
  WorkerRing* ring = flow_.ownRing(worker);
  if (ring == nullptr) return;
  ring->lingersUntil = until;
  ring->hasTaken = false;
}

bool UringTransport::linger(uint32_t worker) {
  WorkerRing* ring = flow_.ownRing(worker);
  if (ring == nullptr || !ring->hasTaken || ring->hasReturns() ||
      ring->arrivedAt >= ring->lingersUntil)
    return false;
  if (!ring->watchesBell.exchange(true, std::memory_order_relaxed)) flow_.watch(*ring, worker);
  // Without a timeout, which would cost more than all that this saves: the keeper rings when it has
  // been long, and does not sleep meanwhile.
  flow_.exchange().post().noteWork(*ring);
  ring->isLingering.store(true, std::memory_order_relaxed);
  ring->io().submitAndWait();
  ring->isLingering.store(false, std::memory_order_relaxed);
  return ring->io().hasCompletions();
}

bool UringTransport::answersSoon(uint32_t slot) {
  return flow_.habits().isPrompt(
      ring_.slotWord(slot, layout::kOpcode).load(std::memory_order_relaxed));
}

void UringTransport::commitReturns(WorkerRing& ring, uint32_t worker) {
  for (const uint32_t index : ring.takeReturns()) flow_.arm(ring, worker, index);
}

bool UringTransport::flush(uint32_t worker) {
  WorkerRing* ring = flow_.ownRing(worker);
  if (ring == nullptr) return false;
  commitReturns(*ring, worker);
  if (ring->io().unsubmitted() > 0) ring->io().submit();
  return ring->io().hasCompletions();
}

void UringTransport::beforeWait(uint32_t worker) {
  WorkerRing* ring = flow_.ownRing(worker);
  if (ring == nullptr) return;
  if (ring->io().unsubmitted() > 0) ring->io().submit();
  // Release: who sees this sees what was given back to others.
  ring->isBusy.store(false, std::memory_order_release);
}

}  // namespace fuseloop::uring
