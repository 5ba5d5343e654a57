// Which handles are open on which node. The twin of MemoryOpenFileTable (open-file-table.ts), where
// the contract is written; the reader asks it for nodes that no name leads to.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace fuseloop::node {

/** fh as its two halves, and the O_* flags that the handler has opened with. */
struct OpenHandle {
  uint32_t low;
  uint32_t high;
  uint32_t flags = 0;

  /** Whether it is the same fh. */
  bool operator==(const OpenHandle& other) const { return low == other.low && high == other.high; }
  /** An object of a worker's: bit 63, then 7 bits of worker. */
  bool isObject() const { return (high & 0x80000000u) != 0; }
  uint32_t worker() const { return (high >> 24) & 0x7f; }
};

struct OpenFile {
  uint64_t nodeid;
  OpenHandle handle;

  bool operator==(const OpenFile&) const = default;
};

class OpenFileTable {
 public:
  void add(uint64_t nodeid, OpenHandle handle);
  void remove(uint64_t nodeid, OpenHandle handle);
  /** The handle that was opened last and is open. */
  std::optional<OpenHandle> find(uint64_t nodeid) const;
  bool isOpen(const OpenFile& file) const;
  /** All opens that are not over. */
  std::vector<OpenFile> list() const;
  size_t size() const;
  /** The worker has ended, and its objects with it. */
  void dropWorker(uint32_t worker);
  /** Whether any object is open: without a lock, so that the reader need not look for each request.
   */
  bool hasObjects() const { return objects_.load(std::memory_order_acquire) != 0; }

 private:
  /** Guards what is below; a leaf lock. */
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::vector<OpenHandle>> open_;
  size_t size_ = 0;
  std::atomic<size_t> objects_{0};
};

}  // namespace fuseloop::node
