// The thread that writes notifications, and nothing else: a write waits for locks of pages and
// directories that requests hold, so it is never a worker's or the reader's business. Begun with
// the first notification. Rule: no lock of ours is held while it writes.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "device/device-endpoint.hpp"
#include "device/node-sweep.hpp"
#include "device/notification-queue.hpp"

namespace fuseloop::device {

class Notifier {
 public:
  explicit Notifier(InFlightRequests& requests);
  ~Notifier() { stop(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /** From now on notifications are taken. The device outlives the notifier. */
  void arm(DeviceEndpoint& device);
  /**
   * Queues a whole message. `done` gets the result; of RETRIEVE, once NOTIFY_REPLY has come.
   * -ENODEV before arm() and after disarm(), then at once.
   * @throws std::invalid_argument for what is no notification
   */
  void send(std::vector<uint8_t> message, NotificationDone done);
  /** NOTIFY_REPLY has come: whoever retrieves gets its bytes. Reader only. */
  void retrieved(std::span<const uint8_t> message);
  /** From now on the thread sweeps the node table, several times a second while it is too large.
   * After arm(). */
  void sweep(NodeSweep sweep);
  /** What is queued is settled with -ENODEV; what is being written is settled when it is done. */
  void disarm();
  /** disarm(), and waits for the write that may be going on. Any thread but its own; idempotent. */
  void stop();

 private:
  void run();
  void rest(std::unique_lock<std::mutex>& lock);
  void queueSweep(std::unique_lock<std::mutex>& lock);
  void write(QueuedNotification notification);
  uint64_t expectReply(QueuedNotification& notification);
  bool takeExpected(uint64_t unique, QueuedNotification& notification);

  InFlightRequests& requests_;
  /** Guards everything below. */
  std::mutex mutex_;
  std::condition_variable wake_;
  DeviceEndpoint* device_ = nullptr;
  bool isArmed_ = false;
  NotificationQueue queue_;
  std::optional<NodeSweep> sweep_;
  std::chrono::steady_clock::time_point nextSweep_;
  /** RETRIEVEs whose NOTIFY_REPLY is to come, by notify_unique. */
  std::unordered_map<uint64_t, QueuedNotification> expected_;
  uint64_t lastUnique_;
  std::mutex threadMutex_;
  std::thread thread_;
};

}  // namespace fuseloop::device
