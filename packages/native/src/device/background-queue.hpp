// Background requests: no more than max_background of them are with the daemon (fs/fuse/dev.c
// fuse_request_queue_background(), flush_bg_queue(), fuse_request_end()). Guarded by the
// connection's lock.

#pragma once

#include "device/init-reply.hpp"
#include "device/queue-request.hpp"

namespace fuseloop::device {

class BackgroundQueue {
 public:
  RequestList& waiting() { return waiting_; }
  void setLimit(uint32_t limit) { limit_ = limit; }

  void append(RequestList& from, RequestRef request) {
    request->place = RequestPlace::kBackground;
    waiting_.splice(waiting_.end(), from, request);
  }

  /** Counts the first that waits as active; false while it must wait on. */
  bool activateFirst() {
    if (waiting_.empty() || active_ >= limit_) return false;
    waiting_.front().isActiveBackground = true;
    ++active_;
    return true;
  }

  /** For every request that ends. */
  void finished(const QueueRequest& request) {
    if (request.isActiveBackground) --active_;
  }

 private:
  RequestList waiting_;
  uint32_t active_ = 0;
  uint32_t limit_ = kDefaultBackground;
};

}  // namespace fuseloop::device
