#include "device/notification-queue.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "device/fuse-wire.hpp"
#include "device/notification-frame.hpp"

namespace fuseloop::device {

namespace {

constexpr size_t kBody = sizeof(OutHeader);
constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

constexpr InFlightRequests::Opcodes opcodes(std::initializer_list<uint32_t> list) {
  InFlightRequests::Opcodes set = 0;
  for (uint32_t opcode : list) set |= uint64_t{1} << opcode;
  return set;
}

/** READ, WRITE: their pages are locked until they are answered. */
constexpr auto kWithPages = opcodes({15, 16});
/** LOOKUP, SYMLINK, MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK, READDIR, CREATE, READDIRPLUS,
 * RENAME2, TMPFILE: the directory is locked until they are answered. */
constexpr auto kWithDirectory = opcodes({1, 6, 8, 9, 10, 11, 12, 13, 28, 35, 44, 45, 51});

int64_t offsetOf(const std::vector<uint8_t>& message) {
  return loadWire<int64_t>(message.data(), kBody + 8);
}

/** Behind the last byte; the end of all files for a length of 0 and less. */
int64_t endOf(const std::vector<uint8_t>& message) {
  auto length = loadWire<int64_t>(message.data(), kBody + 16);
  int64_t offset = offsetOf(message);
  return length <= 0 || length > kToTheEnd - offset ? kToTheEnd : offset + length;
}

void setRange(std::vector<uint8_t>& message, int64_t offset, int64_t end) {
  int64_t length = end == kToTheEnd ? 0 : end - offset;
  std::memcpy(message.data() + kBody + 8, &offset, sizeof offset);
  std::memcpy(message.data() + kBody + 16, &length, sizeof length);
}

/** Makes `one` say what both say; false where that would say more. */
bool merge(std::vector<uint8_t>& one, const std::vector<uint8_t>& other) {
  int64_t offset = offsetOf(other);
  // Attributes are stale either way.
  if (offset < 0) return true;
  if (offsetOf(one) < 0) {
    one = other;
    return true;
  }
  if (offset > endOf(one) || offsetOf(one) > endOf(other)) return false;
  setRange(one, std::min(offset, offsetOf(one)), std::max(endOf(one), endOf(other)));
  return true;
}

std::string keyOf(const std::vector<uint8_t>& message) {
  auto header = loadWire<OutHeader>(message.data(), 0);
  const char* text = reinterpret_cast<const char*>(message.data());
  switch (header.error) {
    case kNotifyInvalInode:
      return {text, kBody + 8};
    case kNotifyPoll:
    case kNotifyInvalEntry:
      return {text, message.size()};
    default:
      return {};
  }
}

/** The node that a notification may have to wait for, and which requests about it count. */
std::pair<uint64_t, InFlightRequests::Opcodes> subjectOf(const std::vector<uint8_t>& message) {
  switch (loadWire<OutHeader>(message.data(), 0).error) {
    case kNotifyInvalInode:
      return {loadWire<uint64_t>(message.data(), kBody), offsetOf(message) < 0 ? 0 : kWithPages};
    case kNotifyStore:
      return {loadWire<uint64_t>(message.data(), kBody), kWithPages};
    case kNotifyInvalEntry:
    case kNotifyDelete:
      return {loadWire<uint64_t>(message.data(), kBody), kWithDirectory};
    case kNotifyRetrieve:
      return {loadWire<uint64_t>(message.data(), kBody + 8), 0};
    default:
      return {0, 0};
  }
}

}  // namespace

int32_t QueuedNotification::code() const { return loadWire<OutHeader>(message.data(), 0).error; }

void QueuedNotification::settle(int result) const {
  for (const NotificationDone& done : waiters) done(result, {});
}

void NotificationQueue::add(std::vector<uint8_t> message, NotificationDone done) {
  std::string key = keyOf(message);
  if (key.empty()) {
    // What comes later must not be said before it.
    last_.clear();
  } else if (auto found = last_.find(key); found != last_.end()) {
    QueuedNotification& earlier = *found->second;
    bool hadPages = earlier.code() == kNotifyInvalInode && offsetOf(earlier.message) >= 0;
    if (earlier.code() != kNotifyInvalInode || merge(earlier.message, message)) {
      // Looked at anew where it concerns pages by now; not each time, or it might wait for ever.
      if (!hadPages) earlier.ahead.reset();
      earlier.waiters.push_back(std::move(done));
      return;
    }
  }
  queued_.push_back({std::move(message), {}, std::nullopt, key});
  queued_.back().waiters.push_back(std::move(done));
  if (!key.empty()) last_[key] = std::prev(queued_.end());
}

std::optional<QueuedNotification> NotificationQueue::take(const InFlightRequests& requests) {
  std::unordered_set<uint64_t> waiting;
  for (auto place = queued_.begin(); place != queued_.end(); ++place) {
    uint64_t nodeid = subjectOf(place->message).first;
    // The order of what concerns one node is kept.
    if (nodeid == 0 || (!waiting.contains(nodeid) && isReady(*place, requests)))
      return remove(place);
    waiting.insert(nodeid);
  }
  return std::nullopt;
}

std::list<QueuedNotification> NotificationQueue::takeAll() {
  last_.clear();
  return std::exchange(queued_, {});
}

bool NotificationQueue::isReady(QueuedNotification& notification,
                                const InFlightRequests& requests) {
  if (!notification.ahead) {
    auto [nodeid, opcodes] = subjectOf(notification.message);
    notification.ahead = requests.find(nodeid, opcodes);
  }
  return std::ranges::all_of(*notification.ahead, [&](const InFlightRequests::One& request) {
    return requests.hasEnded(request);
  });
}

QueuedNotification NotificationQueue::remove(Place place) {
  if (auto found = last_.find(place->key); found != last_.end() && found->second == place)
    last_.erase(found);
  QueuedNotification taken = std::move(*place);
  queued_.erase(place);
  return taken;
}

}  // namespace fuseloop::device
