// What happens on an in-process connection, in its order: ConnectionEvent of connection-driver.ts.

#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace fuseloop::device {

enum class QueueEventKind : uint32_t {
  kQueued = 1,
  kRead = 2,
  kWritten = 3,
  kSettled = 4,
  kNotified = 5,
  kEnded = 6,
};

/** Fields that a kind does not have are 0; `data` is borrowed for the call. */
struct QueueEvent {
  QueueEventKind kind;
  uint64_t token = 0;
  uint64_t unique = 0;
  uint32_t handle = 0;
  /** Of `written` and `settled`; the code of `notified`; 1 where `ended` is by abort. */
  int32_t error = 0;
  int32_t result = 0;
  uint32_t byteLength = 0;
  std::span<const uint8_t> data{};
};

/** Called under the connection's lock: it must be cheap, and call nothing of the connection. */
using QueueEventSink = std::function<void(const QueueEvent&)>;
/** What a notification does to caches; called without a lock, on the thread that wrote it. */
using NotificationSink = std::function<int(int32_t code, std::span<const uint8_t> body)>;

}  // namespace fuseloop::device
