#include "node/backing-files.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace fuseloop::node {

namespace {

/** No later try will change these: no privilege, or a kernel without passthrough. */
bool isFinal(int error) { return error == -EPERM || error == -ENOTTY || error == -EOPNOTSUPP; }

}  // namespace

int32_t BackingFiles::join(uint64_t nodeid, int fd) {
  std::lock_guard lock(mutex_);
  auto found = nodes_.find(nodeid);
  if (found == nodes_.end()) return joinFirst(nodeid, fd);
  OpenNode& node = found->second;
  ++node.opens;
  if (node.id == 0) {
    if (fd >= 0) ++counts_.openOtherwise;
    return 0;
  }
  if (fd < 0) return -node.id;
  if (fileOf(fd) != node.file) {
    ++counts_.otherFile;
    return -node.id;
  }
  ++counts_.opens;
  return node.id;
}

void BackingFiles::leave(uint64_t nodeid) {
  int32_t id = 0;
  {
    std::lock_guard lock(mutex_);
    auto found = nodes_.find(nodeid);
    if (found == nodes_.end() || --found->second.opens > 0) return;
    id = found->second.id;
    nodes_.erase(found);
    if (id != 0) --counts_.active;
  }
  // Without the lock: the kernel may close the file now. Who opens the node meanwhile registers it
  // anew, which nothing forbids while no open of it is left.
  if (id != 0) close_(id);
}

BackingCounts BackingFiles::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

int32_t BackingFiles::joinFirst(uint64_t nodeid, int fd) {
  const int32_t id = fd < 0 ? 0 : registerFile(fd);
  nodes_.emplace(nodeid, OpenNode{1, id, id == 0 ? FileId{} : fileOf(fd)});
  return id;
}

int32_t BackingFiles::registerFile(int fd) {
  const int given = isFinal(counts_.error) ? counts_.error : open_(fd);
  if (given > 0) {
    ++counts_.active;
    ++counts_.opens;
    return given;
  }
  ++counts_.byKernel;
  counts_.error = given;
  return 0;
}

/** Inode number 0 where there is no such descriptor: that is no file's. */
BackingFiles::FileId BackingFiles::fileOf(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace fuseloop::node
