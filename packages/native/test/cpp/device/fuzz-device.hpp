// A DeviceEndpoint that hands out whatever bytes it was given and keeps count of what is answered.
// What stands behind a message in the reader's memory is poisoned until the next read: a reader
// that looks there is stopped by AddressSanitizer.
#pragma once

#include <sanitizer/asan_interface.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/event-fd.hpp"
#include "device/device-endpoint.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::test {

class FuzzDevice final : public device::DeviceEndpoint {
 public:
  /** With `looksBehind` it reads, of its first message, what is poisoned. */
  explicit FuzzDevice(bool looksBehind) : looksBehind_(looksBehind) {}
  ~FuzzDevice() override { unpoison(); }

  void put(std::vector<uint8_t> message) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(message));
    bell_.signal();
  }

  ssize_t read(std::span<uint8_t> target) override {
    const std::lock_guard lock(mutex_);
    unpoison();
    if (pending_.empty()) {
      if (ended_) return -ENODEV;
      bell_.drain();
      return -EAGAIN;
    }
    const std::vector<uint8_t> message = std::move(pending_.front());
    pending_.pop_front();
    if (!message.empty()) std::memcpy(target.data(), message.data(), message.size());
    behind_ = target.subspan(message.size());
    ASAN_POISON_MEMORY_REGION(behind_.data(), behind_.size());
    if (looksBehind_) last_ = device::loadWire<uint64_t>(target.data(), message.size());
    note(message);
    return static_cast<ssize_t>(message.size());
  }

  ssize_t writev(std::span<const iovec> pieces) override {
    size_t length = 0;
    for (const iovec& piece : pieces) length += piece.iov_len;
    const auto header =
        device::loadWire<device::OutHeader>(static_cast<const uint8_t*>(pieces[0].iov_base), 0);
    // Without a unique it is a notification, and of no known kind (fs/fuse/dev.c
    // fuse_dev_do_write()).
    if (header.unique == 0) return -EINVAL;
    const std::lock_guard lock(mutex_);
    if (header.length != length || header.error > 0 || header.error <= -512) ++faults_;
    if (header.error != 0 && length != sizeof header) ++faults_;
    auto owed = owed_.find(header.unique);
    if (owed == owed_.end()) {
      // The reader asks for an INTERRUPT once more.
      if ((header.unique & 1) != 0 && header.error == -EAGAIN) return -ENOENT;
      ++faults_;
      return -ENOENT;
    }
    if (--owed->second == 0) owed_.erase(owed);
    ++answers_;
    return static_cast<ssize_t>(length);
  }

  /** Asked for before a wait: who reads is done with the last message. */
  int pollFd() const override {
    const std::lock_guard lock(mutex_);
    unpoison();
    return bell_.fd();
  }
  int ioctl(unsigned long, void*) override { return -ENOTTY; }
  void close() override { end(); }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    bell_.signal();
  }

  /** All messages are read, and what needs an answer has one. */
  bool isDone() {
    const std::lock_guard lock(mutex_);
    return pending_.empty() && owed_.empty();
  }
  size_t owed() {
    const std::lock_guard lock(mutex_);
    return owed_.size();
  }
  /** Replies that a kernel would refuse. */
  int faults() {
    const std::lock_guard lock(mutex_);
    return faults_;
  }
  int answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  void unpoison() const {
    ASAN_UNPOISON_MEMORY_REGION(behind_.data(), behind_.size());
    behind_ = {};
  }

  void note(const std::vector<uint8_t>& message) {
    if (message.size() < sizeof(device::InHeader)) return;
    const auto header = device::loadWire<device::InHeader>(message.data(), 0);
    if (header.unique == 0 || header.opcode == device::kOpForget ||
        header.opcode == device::kOpBatchForget || header.opcode == device::kOpInterrupt ||
        header.opcode == device::kOpNotifyReply)
      return;
    ++owed_[header.unique];
  }

  const bool looksBehind_;
  uint64_t last_ = 0;
  mutable std::mutex mutex_;
  std::deque<std::vector<uint8_t>> pending_;
  /** Answers owed, by unique: a damaged unique may be that of another request. */
  std::unordered_map<uint64_t, int> owed_;
  mutable std::span<uint8_t> behind_;
  bool ended_ = false;
  int faults_ = 0;
  int answers_ = 0;
  base::EventFd bell_;
};

}  // namespace fuseloop::test
