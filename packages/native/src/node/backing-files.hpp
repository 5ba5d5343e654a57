// Which files the kernel reads and writes in the daemon's place, by node. The twin of
// MemoryBackingFiles (backing-files.ts), where the contract and the kernel's rules are written.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace fuseloop::node {

/** BackingCounts of backing-files.ts. */
struct BackingCounts {
  uint64_t active = 0;
  uint64_t opens = 0;
  uint64_t byKernel = 0;
  uint64_t openOtherwise = 0;
  uint64_t otherFile = 0;
  int32_t error = 0;
};

class BackingFiles {
 public:
  /** The device's ioctls: a backing id, or a negative errno, of a descriptor. Neither may wait. */
  using Open = std::function<int(int)>;
  using Close = std::function<void(int)>;

  BackingFiles(Open open, Close close) : open_(std::move(open)), close_(std::move(close)) {}

  int32_t join(uint64_t nodeid, int fd);
  void leave(uint64_t nodeid);
  BackingCounts counts() const;

 private:
  struct FileId {
    dev_t device;
    ino_t inode;

    bool operator==(const FileId&) const = default;
  };

  struct OpenNode {
    uint64_t opens;
    /** 0: ordinary. */
    int32_t id;
    FileId file;
  };

  int32_t joinFirst(uint64_t nodeid, int fd);
  int32_t registerFile(int fd);
  static FileId fileOf(int fd);

  Open open_;
  Close close_;
  /** Guards what is below, also while a file is registered: of two workers that open a node at the
   * same time the second must get the first one's id. */
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, OpenNode> nodes_;
  BackingCounts counts_;
};

}  // namespace fuseloop::node
