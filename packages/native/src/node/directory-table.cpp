#include "node/directory-table.hpp"

#include <cstring>

namespace fuseloop::node {

namespace {

// struct fuse_dirent: ino, off, namelen at 16, type, name at 24; records are padded to 8 bytes.
constexpr size_t kDirentHeader = 24;

size_t recordLength(std::span<const uint8_t> records, size_t at) {
  uint32_t nameLength;
  std::memcpy(&nameLength, records.data() + at + 16, sizeof nameLength);
  return (kDirentHeader + nameLength + 7) & ~size_t{7};
}

}  // namespace

uint64_t DirectoryTable::open(double handle) {
  std::lock_guard lock(mutex_);
  open_.emplace(next_, OpenDirectory{handle, {}});
  return next_++;
}

std::optional<double> DirectoryTable::handle(uint64_t id) const {
  std::lock_guard lock(mutex_);
  auto found = open_.find(id);
  if (found == open_.end()) return std::nullopt;
  return found->second.handle;
}

void DirectoryTable::store(uint64_t id, std::span<const uint8_t> records) {
  std::vector<uint8_t> copy(records.begin(), records.end());
  std::lock_guard lock(mutex_);
  auto found = open_.find(id);
  if (found == open_.end()) return;
  found->second.records.swap(copy);
}

int64_t DirectoryTable::read(uint64_t id, uint64_t cookie, std::span<uint8_t> target) const {
  std::lock_guard lock(mutex_);
  auto found = open_.find(id);
  if (found == open_.end() || found->second.records.empty()) return -1;
  std::span<const uint8_t> records = found->second.records;
  if (cookie >= records.size()) return 0;
  size_t start = cookie;
  size_t end = start;
  while (end + kDirentHeader <= records.size()) {
    size_t next = end + recordLength(records, end);
    if (next > records.size() || next - start > target.size()) break;
    end = next;
  }
  std::memcpy(target.data(), records.data() + start, end - start);
  return static_cast<int64_t>(end - start);
}

void DirectoryTable::close(uint64_t id) {
  std::lock_guard lock(mutex_);
  open_.erase(id);
}

}  // namespace fuseloop::node
