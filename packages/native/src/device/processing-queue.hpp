// What one device handle has read and not answered; no other handle can answer it (fs/fuse/fuse_i.h
// struct fuse_pqueue). Guarded by the connection's lock.

#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "device/queue-request.hpp"

namespace fuseloop::device {

class ProcessingQueue {
 public:
  /** The list that the request of this unique is on, or belongs on. */
  RequestList& listOf(uint64_t unique) {
    // Uniques rise by 2; FUSE_PQ_HASH_SIZE lists keep each short, and moving needs no memory.
    return lists_[(unique >> 1) % lists_.size()];
  }

  std::optional<RequestRef> find(uint64_t unique) {
    RequestList& list = listOf(unique);
    auto found = std::ranges::find_if(
        list, [unique](const QueueRequest& request) { return request.unique() == unique; });
    return found == list.end() ? std::nullopt : std::optional(found);
  }

  /** All requests, in the order in which they were read. */
  RequestList takeAll() {
    RequestList all;
    for (RequestList& list : lists_) all.splice(all.end(), list);
    all.sort([](const QueueRequest& one, const QueueRequest& other) {
      return one.readIndex < other.readIndex;
    });
    return all;
  }

 private:
  std::array<RequestList, 256> lists_;
};

}  // namespace fuseloop::device
