// Which open files hold writes that no FLUSH or FSYNC has followed: what a filesystem may not have
// stored yet. By file and not by open, since a handle may be that of several opens.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "node/open-file-table.hpp"

namespace fuseloop::node {

class UnflushedFiles {
 public:
  /** A write to the file has succeeded. */
  void wrote(const OpenFile& file);
  /** Names the file's last write, for the flush that begins now; 0 if none waits for one. */
  uint64_t lastWrite(const OpenFile& file) const;
  /** A flush has succeeded that began after this write; later ones still wait. */
  void flushed(const OpenFile& file, uint64_t lastWrite);
  /** Nobody will flush it any more. */
  void drop(const OpenFile& file);
  /** The same for all of a node's. */
  void dropNode(uint64_t nodeid);
  std::vector<OpenFile> list() const;
  /** Without a lock, so that nobody need look when there is nothing. */
  bool empty() const { return nodeCount_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Written {
    OpenHandle handle;
    uint64_t lastWrite;
  };

  void dropIf(const OpenFile& file, uint64_t lastWrite);

  /** Guards what is below; a leaf lock. */
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::vector<Written>> written_;
  uint64_t lastWrite_ = 0;
  std::atomic<size_t> nodeCount_{0};
};

}  // namespace fuseloop::node
