// Open directories that any worker may be asked about: the handler's integer and the listing as
// wire records. The twin of MemoryDirectoryTable (directory-table.ts), where the contract is
// written.

#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace fuseloop::node {

class DirectoryTable {
 public:
  uint64_t open(double handle);
  std::optional<double> handle(uint64_t id) const;
  void store(uint64_t id, std::span<const uint8_t> records);
  /** Bytes of whole records copied from `cookie` on; 0 at the end; -1 when no listing is stored. */
  int64_t read(uint64_t id, uint64_t cookie, std::span<uint8_t> target) const;
  void close(uint64_t id);

 private:
  struct OpenDirectory {
    double handle;
    std::vector<uint8_t> records;
  };

  /** Guards everything below; a leaf lock. */
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, OpenDirectory> open_;
  uint64_t next_ = 1;
};

}  // namespace fuseloop::node
