#include "device/write-tracker.hpp"

#include <fcntl.h>

#include <algorithm>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;

namespace {

constexpr size_t kBody = layout::kRequest + sizeof(InHeader);
/** fuse_write_in: write_flags at 20. */
constexpr size_t kWriteFlags = kBody + 20;
constexpr uint32_t kWriteCache = 1;
/** fuse_release_in: flags at 8. */
constexpr size_t kReleaseFlags = kBody + 8;
/** fuse_setattr_in: valid at 0, fh at 8. */
constexpr size_t kSetattrHandle = kBody + 8;
constexpr uint32_t kFattrSize = 1 << 3;
constexpr uint32_t kFattrHandle = 1 << 6;
/** fuse_copy_file_range_in: nodeid_out at 16, fh_out at 24. */
constexpr size_t kCopyTarget = kBody + 16;
constexpr size_t kCopyHandle = kBody + 24;

node::OpenFile fileAt(const uint8_t* memory, size_t nodeid, size_t handle) {
  return {loadWire<uint64_t>(memory, nodeid),
          {loadWire<uint32_t>(memory, handle), loadWire<uint32_t>(memory, handle + 4)}};
}

/** The header's node, and fh as the body's first field. */
node::OpenFile fileOf(const uint8_t* memory) {
  return fileAt(memory, layout::kRequest + offsetof(InHeader, nodeid), kBody);
}

uint32_t opcodeOf(const ring::RequestRing& ring, uint32_t slot) {
  return ring.slotWord(slot, layout::kOpcode).load(std::memory_order_relaxed);
}

/** Bytes of the body up to the last field that is looked at; 0 for opcodes of no concern. */
size_t fieldsOf(uint32_t opcode) {
  switch (opcode) {
    case kOpWrite:
      return kWriteFlags + sizeof(uint32_t) - kBody;
    case kOpSetattr:
      return kSetattrHandle + sizeof(uint64_t) - kBody;
    case kOpCopyFileRange:
    case kOpCopyFileRange64:
      return kCopyHandle + sizeof(uint64_t) - kBody;
    case kOpFallocate:
    case kOpFlush:
    case kOpFsync:
      return sizeof(uint64_t);
    case kOpRelease:
      return kReleaseFlags + sizeof(uint32_t) - kBody;
    default:
      return 0;
  }
}

}  // namespace

/** Whether the slot's request is one to follow: what is malformed is refused by who decodes it. */
bool WriteTracker::isFollowed(uint32_t slot) const {
  const size_t fields = fieldsOf(opcodeOf(ring_, slot));
  return fields != 0 &&
         ring_.slotWord(slot, layout::kRequestLength).load(std::memory_order_relaxed) >=
             sizeof(InHeader) + fields;
}

bool WriteTracker::isWrite(uint32_t opcode) {
  return opcode == kOpWrite || opcode == kOpSetattr || opcode == kOpFallocate ||
         opcode == kOpCopyFileRange || opcode == kOpCopyFileRange64;
}

bool WriteTracker::isWriteBack(uint32_t slot) const {
  return opcodeOf(ring_, slot) == kOpWrite && isFollowed(slot) &&
         (loadWire<uint32_t>(ring_.slot(slot), kWriteFlags) & kWriteCache) != 0;
}

void WriteTracker::begin(uint32_t slot) {
  const uint32_t opcode = opcodeOf(ring_, slot);
  if ((opcode == kOpFlush || opcode == kOpFsync) && isFollowed(slot))
    flushes_[slot] = unflushed_.lastWrite(fileOf(ring_.slot(slot)));
  if (hasFailedPages_.load(std::memory_order_relaxed) && tellsOfPages(slot))
    dropFailedPages(fileOf(ring_.slot(slot)).nodeid);
}

/**
 * Whether a writer has learnt of pages that could not be written. The kernel sends neither FLUSH
 * nor FSYNC while it has such an error to tell (fs/fuse/file.c fuse_flush(), fuse_fsync()), so one
 * that comes shows that it has been told; and RELEASE comes after close(2), which tells it.
 */
bool WriteTracker::tellsOfPages(uint32_t slot) const {
  const uint32_t opcode = opcodeOf(ring_, slot);
  if ((opcode != kOpFlush && opcode != kOpFsync && opcode != kOpRelease) || !isFollowed(slot))
    return false;
  const uint8_t* memory = ring_.slot(slot);
  if (own_.isOwn(loadWire<uint64_t>(memory, layout::kRequest + offsetof(InHeader, unique))))
    return false;
  return opcode != kOpRelease ||
         (loadWire<uint32_t>(memory, kReleaseFlags) & O_ACCMODE) != O_RDONLY;
}

void WriteTracker::settle(uint32_t slot) {
  if (!isFollowed(slot)) return;
  const uint32_t opcode = opcodeOf(ring_, slot);
  const uint8_t* memory = ring_.slot(slot);
  const auto error = loadWire<int32_t>(memory, layout::kError);
  if (opcode == kOpRelease) {
    const node::OpenFile file = fileOf(memory);
    if (!unflushed_.empty() && !openFiles_.isOpen(file)) unflushed_.drop(file);
  } else if (error != 0) {
    if (isWriteBack(slot)) noteFailedPages(slot, error);
  } else if (opcode == kOpWrite || opcode == kOpFallocate) {
    unflushed_.wrote(fileOf(memory));
  } else if (opcode == kOpFlush || opcode == kOpFsync) {
    unflushed_.flushed(fileOf(memory), flushes_[slot]);
  } else if (opcode == kOpCopyFileRange || opcode == kOpCopyFileRange64) {
    unflushed_.wrote(fileAt(memory, kCopyTarget, kCopyHandle));
  } else if (opcode == kOpSetattr) {
    const auto valid = loadWire<uint32_t>(memory, kBody);
    if ((valid & kFattrSize) != 0 && (valid & kFattrHandle) != 0)
      unflushed_.wrote(
          fileAt(memory, layout::kRequest + offsetof(InHeader, nodeid), kSetattrHandle));
  }
}

void WriteTracker::noteFailedPages(uint32_t slot, int32_t error) {
  const uint64_t nodeid = fileOf(ring_.slot(slot)).nodeid;
  std::lock_guard lock(mutex_);
  if (std::ranges::find(failedPages_, nodeid, &LostFile::nodeid) == failedPages_.end())
    failedPages_.push_back({nodeid, error});
  hasFailedPages_.store(true, std::memory_order_relaxed);
}

void WriteTracker::dropFailedPages(uint64_t nodeid) {
  std::lock_guard lock(mutex_);
  std::erase_if(failedPages_, [nodeid](const LostFile& file) { return file.nodeid == nodeid; });
  hasFailedPages_.store(!failedPages_.empty(), std::memory_order_relaxed);
}

void WriteTracker::forget(uint64_t nodeid) {
  unflushed_.dropNode(nodeid);
  if (hasFailedPages_.load(std::memory_order_relaxed)) dropFailedPages(nodeid);
}

std::vector<LostFile> WriteTracker::failedPages() const {
  std::lock_guard lock(mutex_);
  return failedPages_;
}

}  // namespace fuseloop::device
