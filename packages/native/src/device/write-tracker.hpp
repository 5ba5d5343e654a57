// Follows requests on open files by their wire format, so that the session's end knows which files
// hold writes that the filesystem has not been asked to store. Called by workers around each
// handler.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "device/own-requests.hpp"
#include "node/unflushed-files.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

/** A file whose data is not known to be safe. */
struct LostFile {
  uint64_t nodeid;
  /** Negative errno of what failed; -ETIMEDOUT: it was not done in time. */
  int32_t error;
};

class WriteTracker {
 public:
  WriteTracker(ring::RequestRing& ring, const node::OpenFileTable& openFiles,
               const OwnRequests& own)
      : ring_(ring), openFiles_(openFiles), own_(own) {}

  /** A worker begins with the slot's request. */
  void begin(uint32_t slot);
  /** The handler has settled, with what stands in the slot; before the reply is written. */
  void settle(uint32_t slot);
  /** The kernel has no node of that id any more. */
  void forget(uint64_t nodeid);
  /** Whether anything would be forgotten. Without a lock. */
  bool knowsFiles() const {
    return !unflushed_.empty() || hasFailedPages_.load(std::memory_order_relaxed);
  }

  std::vector<node::OpenFile> unflushed() const { return unflushed_.list(); }
  /** Files of which WRITEs of cached pages have failed, as long as none of their writers has learnt
   * of it: they were told that all was well. */
  std::vector<LostFile> failedPages() const;

  /** Whether the slot holds pages that the kernel writes back: nobody waits for the answer. */
  bool isWriteBack(uint32_t slot) const;
  /** Whether requests of this opcode change a file's contents. */
  static bool isWrite(uint32_t opcode);

 private:
  bool isFollowed(uint32_t slot) const;
  void noteFailedPages(uint32_t slot, int32_t error);
  bool tellsOfPages(uint32_t slot) const;
  void dropFailedPages(uint64_t nodeid);

  ring::RequestRing& ring_;
  const node::OpenFileTable& openFiles_;
  const OwnRequests& own_;
  node::UnflushedFiles unflushed_;
  /** By slot: the last write before the FLUSH or FSYNC in it. Only the slot's worker touches it. */
  std::array<uint64_t, ring::kMaxSlots> flushes_{};
  /** Without a lock, so that nobody need look when there is nothing. */
  std::atomic<bool> hasFailedPages_{false};
  /** Guards what is below; a leaf lock. */
  mutable std::mutex mutex_;
  std::vector<LostFile> failedPages_;
};

}  // namespace fuseloop::device
