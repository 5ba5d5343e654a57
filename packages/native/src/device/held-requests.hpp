// Requests that were read while no slot was free, in their order. Only the reader knows them: it
// places them as slots get free, and answers those whose client or deadline does not wait so long.

#pragma once

#include <algorithm>
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

  bool empty() const { return requests_.empty(); }
  size_t size() const { return requests_.size(); }
  /** Then nothing more is read, FORGET and INTERRUPT neither. */
  bool isFull() const {
    return requests_.size() >= ring::kMaxHeld || bytes_ >= ring::kMaxHeldBytes;
  }

  void push(HeldRequest request, uint32_t timeoutMs) {
    bytes_ += request.message.size();
    nearest_ = std::min(nearest_, dueAt(request, timeoutMs));
    requests_.push_back(std::move(request));
  }

  HeldRequest pop() { return take(requests_.begin()); }

  /** The one with this unique, or nullptr; valid until the next call that changes the list. */
  HeldRequest* find(uint64_t unique) {
    auto found = std::ranges::find_if(
        requests_, [unique](const HeldRequest& held) { return held.header().unique == unique; });
    return found == requests_.end() ? nullptr : &*found;
  }

  void remove(const HeldRequest* held) {
    take(std::ranges::find_if(requests_,
                              [held](const HeldRequest& other) { return &other == held; }));
  }

  bool anyOf(const std::function<bool(uint32_t opcode)>& isMeant) const {
    return std::ranges::any_of(
        requests_, [&](const HeldRequest& held) { return isMeant(held.header().opcode); });
  }

  /** No deadline comes before; it may be that of one which is gone. */
  uint64_t nearest() const { return nearest_; }

  /** Takes out those whose deadline has come. */
  std::vector<HeldRequest> takeDue(uint64_t now, const ring::RequestRing& ring) {
    std::vector<HeldRequest> due;
    if (now < nearest_) return due;
    nearest_ = kNever;
    for (auto held = requests_.begin(); held != requests_.end();) {
      const uint64_t end = dueAt(*held, ring.timeout(held->header().opcode));
      if (end <= now) {
        bytes_ -= held->message.size();
        due.push_back(std::move(*held));
        held = requests_.erase(held);
      } else {
        nearest_ = std::min(nearest_, end);
        ++held;
      }
    }
    return due;
  }

 private:
  static uint64_t dueAt(const HeldRequest& request, uint32_t timeoutMs) {
    return timeoutMs == 0 ? kNever : request.readAt + timeoutMs * uint64_t{1'000'000};
  }

  HeldRequest take(std::deque<HeldRequest>::iterator place) {
    HeldRequest request = std::move(*place);
    requests_.erase(place);
    bytes_ -= request.message.size();
    return request;
  }

  std::deque<HeldRequest> requests_;
  size_t bytes_ = 0;
  uint64_t nearest_ = kNever;
};

}  // namespace fuseloop::device
