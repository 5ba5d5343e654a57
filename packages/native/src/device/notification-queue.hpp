// Notifications on their way to the kernel, in order but for two things: what says the same is said
// once, and what must wait for a reply lets others pass. The twin of NotificationQueue
// (notification-queue.ts), where the rules are written; one contract test runs over both.

#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/in-flight-requests.hpp"

namespace fuseloop::device {

/** Gets what the write returned, 0 or a negative errno, and of RETRIEVE the bytes. Any thread; must
 * not throw. */
using NotificationDone = std::function<void(int result, std::vector<uint8_t> data)>;

struct QueuedNotification {
  /** Whole, with its header. */
  std::vector<uint8_t> message;
  std::vector<NotificationDone> waiters;
  /** Requests whose replies must be out first; known once it was looked at. */
  std::optional<std::vector<InFlightRequests::One>> ahead;
  /** By which it may take up others; empty if it cannot. */
  std::string key;

  int32_t code() const;
  void settle(int result) const;
};

class NotificationQueue {
 public:
  void add(std::vector<uint8_t> message, NotificationDone done);
  /** The first that need not wait for a reply. */
  std::optional<QueuedNotification> take(const InFlightRequests& requests);
  /** Everything, for the end. */
  std::list<QueuedNotification> takeAll();
  bool empty() const { return queued_.empty(); }

 private:
  using Place = std::list<QueuedNotification>::iterator;

  static bool isReady(QueuedNotification& notification, const InFlightRequests& requests);
  QueuedNotification remove(Place place);

  std::list<QueuedNotification> queued_;
  /** The last of each key, since the last that others must not pass. */
  std::unordered_map<std::string, Place> last_;
};

}  // namespace fuseloop::device
