#include "node/unflushed-files.hpp"

#include <algorithm>
#include <limits>

namespace fuseloop::node {

void UnflushedFiles::wrote(const OpenFile& file) {
  std::lock_guard lock(mutex_);
  std::vector<Written>& handles = written_[file.nodeid];
  auto found = std::ranges::find(handles, file.handle, &Written::handle);
  if (found == handles.end()) {
    handles.push_back({file.handle, ++lastWrite_});
    nodeCount_.store(written_.size(), std::memory_order_relaxed);
  } else {
    found->lastWrite = ++lastWrite_;
  }
}

uint64_t UnflushedFiles::lastWrite(const OpenFile& file) const {
  std::lock_guard lock(mutex_);
  auto node = written_.find(file.nodeid);
  if (node == written_.end()) return 0;
  auto found = std::ranges::find(node->second, file.handle, &Written::handle);
  return found == node->second.end() ? 0 : found->lastWrite;
}

void UnflushedFiles::flushed(const OpenFile& file, uint64_t lastWrite) { dropIf(file, lastWrite); }

void UnflushedFiles::drop(const OpenFile& file) {
  dropIf(file, std::numeric_limits<uint64_t>::max());
}

/** Unless it was written later. */
void UnflushedFiles::dropIf(const OpenFile& file, uint64_t lastWrite) {
  std::lock_guard lock(mutex_);
  auto node = written_.find(file.nodeid);
  if (node == written_.end()) return;
  std::erase_if(node->second, [&](const Written& written) {
    return written.handle == file.handle && written.lastWrite <= lastWrite;
  });
  if (node->second.empty()) written_.erase(node);
  nodeCount_.store(written_.size(), std::memory_order_relaxed);
}

void UnflushedFiles::dropNode(uint64_t nodeid) {
  std::lock_guard lock(mutex_);
  written_.erase(nodeid);
  nodeCount_.store(written_.size(), std::memory_order_relaxed);
}

std::vector<OpenFile> UnflushedFiles::list() const {
  std::lock_guard lock(mutex_);
  std::vector<OpenFile> files;
  for (const auto& [nodeid, handles] : written_) {
    for (const Written& written : handles) files.push_back({nodeid, written.handle});
  }
  return files;
}

}  // namespace fuseloop::node
