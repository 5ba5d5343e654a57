#include "uring/queue-probe.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "device/notification-frame.hpp"

namespace fuseloop::uring {

namespace {

/** fuse_out_header and fuse_notify_retrieve_out. */
struct Retrieve {
  device::OutHeader header;
  uint64_t notifyUnique;
  uint64_t nodeid;
  uint64_t offset;
  uint32_t size;
  uint32_t padding;
};
static_assert(sizeof(Retrieve) == 48);

/** The calling thread stays on this CPU from now on; false where it may not run there. */
bool goTo(uint16_t cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  return ::sched_setaffinity(0, sizeof one, &one) == 0;
}

}  // namespace

void QueueProbe::stop() {
  {
    std::lock_guard lock(mutex_);
    isStopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void QueueProbe::send(uint16_t queue, uint32_t count) {
  std::lock_guard lock(mutex_);
  if (isStopped_) return;
  order_ = Order{queue, count};
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

std::optional<uint32_t> QueueProbe::takeSent() {
  std::lock_guard lock(mutex_);
  return std::exchange(sent_, std::nullopt);
}

void QueueProbe::run() {
  ::prctl(PR_SET_NAME, "fuse-probe");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return isStopped_ || order_; });
    if (isStopped_) return;
    const Order order = *std::exchange(order_, std::nullopt);
    lock.unlock();
    const uint32_t sent = carryOut(order);
    lock.lock();
    sent_ = sent;
    if (sent > 0) onSent_();
  }
}

uint32_t QueueProbe::carryOut(const Order& order) {
  if (!goTo(order.queue)) return 0;
  uint32_t sent = 0;
  while (sent < order.count && write()) ++sent;
  return sent;
}

bool QueueProbe::write() {
  if (file_ != 0 && retrieve(file_)) return true;
  for (const uint64_t nodeid : files_()) {
    if (!retrieve(nodeid)) continue;
    file_ = nodeid;
    return true;
  }
  return false;
}

/** False where the kernel has forgotten the file. */
bool QueueProbe::retrieve(uint64_t nodeid) {
  lastUnique_ += 2;
  const Retrieve message{
      {sizeof(Retrieve), device::kNotifyRetrieve, 0}, lastUnique_, nodeid, 0, 0, 0};
  return ::write(device_, &message, sizeof message) == sizeof message;
}

}  // namespace fuseloop::uring
