// Requests that nobody waits for, in the queue of a CPU: FUSE_NOTIFY_RETRIEVE of no bytes makes the
// kernel send a NOTIFY_REPLY to the queue of the CPU that it is written on (fs/fuse/dev.c
// fuse_notify_retrieve(), fs/fuse/dev_uring.c fuse_uring_queue_fuse_req()). A thread of its own,
// begun with the first of them, writes them: it goes to that CPU, and the kernel may have it wait
// for an inode that is on its way out.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "device/fuse-wire.hpp"

namespace fuseloop::uring {

class QueueProbe {
 public:
  /** Regular files that the kernel has probably cached: others cannot be retrieved from. */
  using Files = std::function<std::vector<uint64_t>()>;

  /** @param device /dev/fuse. @param onSent called by the thread when some were sent */
  QueueProbe(int device, std::function<void()> onSent)
      : device_(device), onSent_(std::move(onSent)) {}
  ~QueueProbe() { stop(); }
  QueueProbe(const QueueProbe&) = delete;
  QueueProbe& operator=(const QueueProbe&) = delete;

  /** From now on there is what to send. */
  void start(Files files) { files_ = std::move(files); }
  /** Joins the thread; idempotent. */
  void stop();

  /** So many of them, soon; the last ones' outcome has been taken. Once the kernel brings requests
   * by io_uring: before, a write would wait for that. */
  void send(uint16_t queue, uint32_t count);
  /** How many were sent, once it is known: none where the kernel has no such file, or the thread
   * may not run on that CPU. */
  std::optional<uint32_t> takeSent();

  /** Whether a request is one of them. */
  static bool isAnswer(const device::InHeader& request) {
    return request.opcode == device::kOpNotifyReply && request.unique > kFirstUnique &&
           request.unique < kFirstUnique << 1;
  }

 private:
  struct Order {
    uint16_t queue;
    uint32_t count;
  };

  void run();
  uint32_t carryOut(const Order& order);
  bool write();
  bool retrieve(uint64_t nodeid);

  /** The notifier's count from twice this, those of requests from 2: none is met there. */
  static constexpr uint64_t kFirstUnique = uint64_t{1} << 61;

  const int device_;
  const std::function<void()> onSent_;
  Files files_;
  /** For the thread. */
  uint64_t lastUnique_ = kFirstUnique;
  /** The last one that was retrieved from. */
  uint64_t file_ = 0;
  /** Guards what is below. */
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Order> order_;
  std::optional<uint32_t> sent_;
  bool isStopped_ = false;
  std::thread thread_;
};

}  // namespace fuseloop::uring
