// A DeviceEndpoint without a kernel: requests go in by send(), each reply is checked and counted.
// It knows each unique's state, so a second reply or one to an unknown request shows at once.
#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/event-fd.hpp"
#include "device/device-endpoint.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::test {

class QueueDevice final : public device::DeviceEndpoint {
 public:
  void send(uint32_t opcode, uint64_t unique, const std::vector<uint8_t>& body) {
    device::InHeader header{};
    header.length = static_cast<uint32_t>(sizeof header + body.size());
    header.opcode = opcode;
    header.unique = unique;
    std::vector<uint8_t> message(header.length);
    std::memcpy(message.data(), &header, sizeof header);
    std::memcpy(message.data() + sizeof header, body.data(), body.size());
    const std::lock_guard lock(mutex_);
    if (expectsReply(opcode)) open_.insert(unique);
    pending_.push_back(std::move(message));
    bell_.signal();
  }

  ssize_t read(std::span<uint8_t> target) override {
    const std::lock_guard lock(mutex_);
    if (pending_.empty()) {
      if (ended_) return -ENODEV;
      bell_.drain();
      return -EAGAIN;
    }
    const std::vector<uint8_t> message = std::move(pending_.front());
    pending_.pop_front();
    std::memcpy(target.data(), message.data(), message.size());
    return static_cast<ssize_t>(message.size());
  }

  ssize_t writev(std::span<const iovec> pieces) override {
    size_t length = 0;
    for (const iovec& piece : pieces) length += piece.iov_len;
    const auto header =
        device::loadWire<device::OutHeader>(static_cast<const uint8_t*>(pieces[0].iov_base), 0);
    if (header.length != length) ++wrong_;
    const std::lock_guard lock(mutex_);
    if (open_.erase(header.unique) == 0) {
      ++wrong_;
      return -ENOENT;
    }
    ++answered_;
    return static_cast<ssize_t>(length);
  }

  int pollFd() const override { return bell_.fd(); }
  int ioctl(unsigned long, void*) override { return -ENOTTY; }
  void close() override { end(); }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    bell_.signal();
  }

  size_t unanswered() {
    const std::lock_guard lock(mutex_);
    return open_.size();
  }
  int wrong() const { return wrong_; }
  int answered() const { return answered_; }

 private:
  static bool expectsReply(uint32_t opcode) {
    return opcode != device::kOpForget && opcode != device::kOpBatchForget &&
           opcode != device::kOpInterrupt;
  }

  std::mutex mutex_;
  std::deque<std::vector<uint8_t>> pending_;
  std::unordered_set<uint64_t> open_;
  bool ended_ = false;
  base::EventFd bell_;
  std::atomic<int> wrong_{0};
  std::atomic<int> answered_{0};
};

}  // namespace fuseloop::test
