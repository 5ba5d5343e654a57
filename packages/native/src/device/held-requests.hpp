// Requests that were read while no slot was free for their class, in each class's order. Only the
// reader knows them: it places them as slots get free, and answers those whose client or deadline
// does not wait so long.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "device/fuse-wire.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

struct HeldRequest {
  std::vector<uint8_t> message;
  /** CLOCK_MONOTONIC nanoseconds. */
  uint64_t readAt = 0;
  bool interrupted = false;

  InHeader header() const { return loadWire<InHeader>(message.data(), 0); }
};

class HeldRequests {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  bool empty() const { return count_ == 0; }
  bool empty(uint32_t operationClass) const { return classes_[operationClass].empty(); }
  size_t size() const { return count_; }
  /** Then nothing more is read, FORGET and INTERRUPT neither. */
  bool isFull() const { return count_ >= ring::kMaxHeld || bytes_ >= ring::kMaxHeldBytes; }

  void push(HeldRequest request, uint32_t operationClass, uint32_t timeoutMs) {
    ++count_;
    bytes_ += request.message.size();
    nearest_ = std::min(nearest_, dueAt(request, timeoutMs));
    classes_[operationClass].push_back(std::move(request));
  }

  /** The oldest of its class. */
  HeldRequest pop(uint32_t operationClass) {
    Class& requests = classes_[operationClass];
    return take(requests, requests.begin());
  }

  /** The one with this unique, or nullptr; valid until the next call that changes the list. */
  HeldRequest* find(uint64_t unique) {
    for (Class& requests : classes_) {
      auto found = std::ranges::find_if(
          requests, [unique](const HeldRequest& held) { return held.header().unique == unique; });
      if (found != requests.end()) return &*found;
    }
    return nullptr;
  }

  void remove(const HeldRequest* held) {
    for (Class& requests : classes_) {
      auto found = std::ranges::find_if(
          requests, [held](const HeldRequest& other) { return &other == held; });
      if (found != requests.end()) take(requests, found);
    }
  }

  bool anyOf(const std::function<bool(uint32_t opcode)>& isMeant) const {
    return std::ranges::any_of(classes_, [&](const Class& requests) {
      return std::ranges::any_of(
          requests, [&](const HeldRequest& held) { return isMeant(held.header().opcode); });
    });
  }

  /** No deadline comes before; it may be that of one which is gone. */
  uint64_t nearest() const { return nearest_; }

  /** Takes out those whose deadline has come. */
  std::vector<HeldRequest> takeDue(uint64_t now, const ring::RequestRing& ring) {
    std::vector<HeldRequest> due;
    if (now < nearest_) return due;
    nearest_ = kNever;
    for (Class& requests : classes_) takeDueOf(requests, now, ring, due);
    return due;
  }

 private:
  using Class = std::deque<HeldRequest>;

  static uint64_t dueAt(const HeldRequest& request, uint32_t timeoutMs) {
    return timeoutMs == 0 ? kNever : request.readAt + timeoutMs * uint64_t{1'000'000};
  }

  HeldRequest take(Class& requests, Class::iterator place) {
    HeldRequest request = std::move(*place);
    requests.erase(place);
    --count_;
    bytes_ -= request.message.size();
    return request;
  }

  void takeDueOf(Class& requests, uint64_t now, const ring::RequestRing& ring,
                 std::vector<HeldRequest>& due) {
    for (auto held = requests.begin(); held != requests.end();) {
      const uint64_t end = dueAt(*held, ring.timeout(held->header().opcode));
      if (end <= now) {
        --count_;
        bytes_ -= held->message.size();
        due.push_back(std::move(*held));
        held = requests.erase(held);
      } else {
        nearest_ = std::min(nearest_, end);
        ++held;
      }
    }
  }

  std::array<Class, ring::kClassCount> classes_;
  size_t count_ = 0;
  size_t bytes_ = 0;
  uint64_t nearest_ = kNever;
};

}  // namespace fuseloop::device
