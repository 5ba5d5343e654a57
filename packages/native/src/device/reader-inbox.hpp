// Messages for the reader that came another way than by the device: what answers a notification, or
// forgets nodes, and INTERRUPTs to look at again. Any thread puts them in; the reader, which is
// rung, takes them.

#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/event-fd.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::device {

class ReaderInbox {
 public:
  /** @param bell the reader's */
  explicit ReaderInbox(const base::EventFd& bell) : bell_(bell) {}

  /** A whole message, which is copied. */
  void put(std::span<const uint8_t> message) {
    {
      std::lock_guard lock(mutex_);
      messages_.emplace_back(message.begin(), message.end());
    }
    bell_.signal();
  }

  /** Has the reader look at what else has changed. */
  void ring() const { bell_.signal(); }

  /** An INTERRUPT of a request that can be found only now, as if it came again. */
  void putInterrupt(uint64_t unique) {
    struct {
      InHeader header;
      uint64_t unique;
    } message{};
    static_assert(sizeof message == sizeof(InHeader) + sizeof(uint64_t));
    message.header.length = sizeof message;
    message.header.opcode = kOpInterrupt;
    message.header.unique = unique | 1;
    message.unique = unique;
    put({reinterpret_cast<const uint8_t*>(&message), sizeof message});
  }

  /** What came since the last call. */
  std::vector<std::vector<uint8_t>> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
  }

 private:
  const base::EventFd& bell_;
  std::mutex mutex_;
  std::vector<std::vector<uint8_t>> messages_;
};

}  // namespace fuseloop::device
