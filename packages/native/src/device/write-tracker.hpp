// Follows requests on open files by their wire format, so that the session's end knows which files
// hold writes that the filesystem has not been asked to store. Called by workers around each
// handler.

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

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
  WriteTracker(ring::RequestRing& ring, const node::OpenFileTable& openFiles)
      : ring_(ring), openFiles_(openFiles) {}

  /** A worker begins with the slot's request. */
  void begin(uint32_t slot);
  /** The handler has settled, with what stands in the slot; before the reply is written. */
  void settle(uint32_t slot);
  /** The kernel has no node of that id any more. */
  void forget(uint64_t nodeid) { unflushed_.dropNode(nodeid); }
  bool hasUnflushed() const { return !unflushed_.empty(); }

  std::vector<node::OpenFile> unflushed() const { return unflushed_.list(); }
  /** Files of which WRITEs of cached pages have failed since opens are refused: their writers were
   * told long ago that all was well. */
  std::vector<LostFile> failedPages() const;

  /** Whether the slot holds pages that the kernel writes back: nobody waits for the answer. */
  bool isWriteBack(uint32_t slot) const;
  /** Whether requests of this opcode change a file's contents. */
  static bool isWrite(uint32_t opcode);

 private:
  bool isFollowed(uint32_t slot) const;
  void noteFailedPages(uint32_t slot, int32_t error);

  ring::RequestRing& ring_;
  const node::OpenFileTable& openFiles_;
  node::UnflushedFiles unflushed_;
  /** By slot: the last write before the FLUSH or FSYNC in it. Only the slot's worker touches it. */
  std::array<uint64_t, ring::kMaxSlots> flushes_{};
  mutable std::mutex mutex_;
  std::vector<LostFile> failedPages_;
};

}  // namespace fuseloop::device
