// Threads that send notifications about the node that requests are about, while these are served,
// and a kernel that answers RETRIEVE. Each notification must be settled, and once.

#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "device/notification-frame.hpp"
#include "device/queue-connection.hpp"
#include "device/session.hpp"

namespace fuseloop::test {

class NotificationLoad {
 public:
  static constexpr uint64_t kNode = 5;

  NotificationLoad(device::Session& session, device::QueueConnection& connection)
      : session_(session) {
    connection.setNotificationSink([&connection](int32_t code, std::span<const uint8_t> body) {
      if (code == device::kNotifyRetrieve) answerRetrieve(connection, body);
      return code == device::kNotifyInvalEntry ? -ENOENT : 0;
    });
    for (uint32_t sender = 0; sender < kSenders; ++sender)
      threads_.emplace_back([this, sender] { send(sender); });
  }

  /** Sends no more; what is on its way is settled by the session's end. */
  void stop() {
    isStopped_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

  uint64_t sent() const { return sent_; }
  uint64_t settled() const { return settled_; }
  uint64_t retrieved() const { return retrieved_; }

 private:
  static constexpr uint32_t kSenders = 3;
  static constexpr uint64_t kMostWaiting = 500;

  template <typename... Words>
  static std::vector<uint8_t> notification(int32_t code, Words... words) {
    const std::vector<uint64_t> body{static_cast<uint64_t>(words)...};
    std::vector<uint8_t> bytes(sizeof(device::OutHeader) + body.size() * 8);
    const device::OutHeader header{static_cast<uint32_t>(bytes.size()), code, 0};
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, body.data(), body.size() * 8);
    return bytes;
  }

  static std::vector<uint8_t> any(uint64_t number) {
    switch (number % 6) {
      case 0:
        return notification(device::kNotifyPoll, number % 4);
      case 1:
        // The name "abcdefg" and its NUL are the last word.
        return notification(device::kNotifyInvalEntry, kNode, 7, 0x0067666564636261);
      case 2:
        return notification(device::kNotifyStore, kNode, number, 8, 77);
      case 3:
        return notification(device::kNotifyRetrieve, 0, kNode, 0, 100);
      case 4:
        return notification(device::kNotifyInvalInode, kNode, -1, 0);
      default:
        return notification(device::kNotifyInvalInode, kNode, number * 10, 10);
    }
  }

  /** As the kernel: NOTIFY_REPLY under the unique of the RETRIEVE, with eight bytes. */
  static void answerRetrieve(device::QueueConnection& connection, std::span<const uint8_t> body) {
    std::vector<uint8_t> message(sizeof(device::InHeader) + 40 + 8);
    device::InHeader header{};
    header.length = static_cast<uint32_t>(message.size());
    header.opcode = device::kOpNotifyReply;
    header.unique = device::loadWire<uint64_t>(body.data(), 0);
    std::memcpy(message.data(), &header, sizeof header);
    message[sizeof header + 16] = 8;
    connection.send(message, device::SendKind::kNoReply, {0, 0});
  }

  void send(uint64_t number) {
    for (; !isStopped_; number += kSenders) {
      ++sent_;
      session_.notifier().send(any(number), [this](int, const std::vector<uint8_t>& data) {
        if (data.size() == 8) ++retrieved_;
        ++settled_;
      });
      while (!isStopped_ && sent_ - settled_ > kMostWaiting) std::this_thread::yield();
    }
  }

  device::Session& session_;
  std::atomic<bool> isStopped_{false};
  std::atomic<uint64_t> sent_{0};
  std::atomic<uint64_t> settled_{0};
  std::atomic<uint64_t> retrieved_{0};
  std::vector<std::thread> threads_;
};

}  // namespace fuseloop::test
