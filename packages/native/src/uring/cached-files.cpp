#include "uring/cached-files.hpp"

namespace fuseloop::uring {

namespace {

constexpr size_t kMostFiles = 16;
constexpr uint32_t kRegular = 0100000;

}  // namespace

std::vector<uint64_t> cachedFiles(const node::NodeTable& nodes,
                                  const node::OpenFileTable& openFiles) {
  std::vector<uint64_t> files;
  for (const node::OpenFile& file : openFiles.list()) {
    if (files.size() == kMostFiles) break;
    if (nodes.type(file.nodeid) == kRegular) files.push_back(file.nodeid);
  }
  const std::vector<uint64_t> recent = nodes.referredFiles(kMostFiles);
  files.insert(files.end(), recent.begin(), recent.end());
  return files;
}

}  // namespace fuseloop::uring
