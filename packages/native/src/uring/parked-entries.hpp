// Entries whose requests wait for a lock: each keeps its entry, since the kernel takes an answer by
// nothing else.

#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace fuseloop::uring {

class ParkedEntries {
 public:
  explicit ParkedEntries(size_t most) : most_(most) {}

  bool hasRoom() {
    std::lock_guard lock(mutex_);
    return byUnique_.size() < most_;
  }

  void put(uint64_t unique, uint32_t index) {
    std::lock_guard lock(mutex_);
    byUnique_.emplace(unique, index);
  }

  std::optional<uint32_t> take(uint64_t unique) {
    std::lock_guard lock(mutex_);
    const auto found = byUnique_.find(unique);
    if (found == byUnique_.end()) return std::nullopt;
    const uint32_t index = found->second;
    byUnique_.erase(found);
    return index;
  }

 private:
  const size_t most_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, uint32_t> byUnique_;
};

}  // namespace fuseloop::uring
