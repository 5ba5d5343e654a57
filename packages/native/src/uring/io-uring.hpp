// One io_uring with the large submission entries that FUSE's commands need, by system calls alone.
// Rule: one thread, the owner, prepares submissions; any thread may submit what is prepared and
// take completions: a ring is made without SINGLE_ISSUER so that another can go on where its owner
// is stuck.

#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/unique-fd.hpp"

namespace fuseloop::uring {

class IoUring {
 public:
  /** What ended, by the `user_data` that its submission had. */
  struct Completion {
    uint64_t data;
    /** 0 or more, or a negative errno. */
    int32_t result;
  };

  /** @param submissions prepared at once at most; `completions` that may wait. @throws
   * base::SystemError */
  IoUring(uint32_t submissions, uint32_t completions);
  IoUring(const IoUring&) = delete;
  IoUring& operator=(const IoUring&) = delete;

  /** Readable while completions wait. */
  int fd() const { return fd_.get(); }
  /** For submissions with IOSQE_FIXED_FILE, by their index. @throws base::SystemError */
  void registerFiles(std::span<const int> files);
  /** Makes the owner's system calls cheaper, for the thread that calls. */
  void registerSelf();

  /** A zeroed submission of 128 bytes, or nullptr when none is free before submit(). Owner only. */
  io_uring_sqe* prepare();
  /** What was prepared may be submitted from now on, by anybody. Owner only. */
  void publish();
  /** Published and not submitted. */
  uint32_t unsubmitted() const;
  /** Submissions that were published so far, modulo 2^32. */
  uint32_t published() const;
  /** Whether the kernel has seen to as many as had been published then. */
  bool isSubmitted(uint32_t published) const;
  /** Submits all that is published; by the owner. */
  void submit();
  /** The same, and waits until a completion is there. */
  void submitAndWait();
  /** The same by another thread. */
  void submitForOwner();

  /** Takes a completion; false when none is there. */
  bool take(Completion& completion);
  bool hasCompletions() const;
  /** Changes with each completion that is taken. */
  uint32_t taken() const;

 private:
  /** A mapping keeps the ring alive as its descriptor does. */
  class Region {
   public:
    Region() = default;
    /** @throws base::SystemError */
    Region(int fd, size_t length, uint64_t offset);
    ~Region();
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;
    Region& operator=(Region&& other) noexcept;

    std::byte* start = nullptr;
    size_t length = 0;
  };

  void enter(uint32_t least, uint32_t flags, const void* argument, size_t length);
  template <typename T>
  T* at(const Region& region, uint32_t offset) const {
    return reinterpret_cast<T*>(region.start + offset);
  }

  base::UniqueFd fd_;
  Region queues_;
  Region submissions_;
  uint32_t* submissionHead_ = nullptr;
  uint32_t* submissionTail_ = nullptr;
  uint32_t submissionMask_ = 0;
  uint32_t submissionCount_ = 0;
  uint32_t* completionHead_ = nullptr;
  uint32_t* completionTail_ = nullptr;
  uint32_t completionMask_ = 0;
  io_uring_cqe* completions_ = nullptr;
  /** Next to prepare; published up to the shared tail. */
  uint32_t prepared_ = 0;
  /** Of the ring in its owner's own table, or -1. */
  int registered_ = -1;
};

}  // namespace fuseloop::uring
