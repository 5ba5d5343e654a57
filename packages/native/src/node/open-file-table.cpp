#include "node/open-file-table.hpp"

#include <algorithm>

namespace fuseloop::node {

void OpenFileTable::add(uint64_t nodeid, OpenHandle handle) {
  std::lock_guard lock(mutex_);
  open_[nodeid].push_back(handle);
  ++size_;
  if (handle.isObject()) objects_.fetch_add(1, std::memory_order_release);
}

void OpenFileTable::remove(uint64_t nodeid, OpenHandle handle) {
  std::lock_guard lock(mutex_);
  auto node = open_.find(nodeid);
  if (node == open_.end()) return;
  std::vector<OpenHandle>& handles = node->second;
  auto found = std::find(handles.rbegin(), handles.rend(), handle);
  if (found == handles.rend()) return;
  handles.erase(std::next(found).base());
  --size_;
  if (handle.isObject()) objects_.fetch_sub(1, std::memory_order_release);
  if (handles.empty()) open_.erase(node);
}

std::optional<OpenHandle> OpenFileTable::find(uint64_t nodeid) const {
  std::lock_guard lock(mutex_);
  auto node = open_.find(nodeid);
  if (node == open_.end()) return std::nullopt;
  return node->second.back();
}

bool OpenFileTable::isOpen(const OpenFile& file) const {
  std::lock_guard lock(mutex_);
  auto node = open_.find(file.nodeid);
  return node != open_.end() && std::ranges::find(node->second, file.handle) != node->second.end();
}

std::vector<OpenFile> OpenFileTable::list() const {
  std::lock_guard lock(mutex_);
  std::vector<OpenFile> files;
  for (const auto& [nodeid, handles] : open_) {
    for (const OpenHandle& handle : handles) files.push_back({nodeid, handle});
  }
  return files;
}

size_t OpenFileTable::size() const {
  std::lock_guard lock(mutex_);
  return size_;
}

void OpenFileTable::dropWorker(uint32_t worker) {
  std::lock_guard lock(mutex_);
  for (auto node = open_.begin(); node != open_.end();) {
    size_t dropped = std::erase_if(node->second, [worker](const OpenHandle& handle) {
      return handle.isObject() && handle.worker() == worker;
    });
    size_ -= dropped;
    objects_.fetch_sub(dropped, std::memory_order_release);
    node = node->second.empty() ? open_.erase(node) : std::next(node);
  }
}

}  // namespace fuseloop::node
