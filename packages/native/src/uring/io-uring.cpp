#include "uring/io-uring.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system-error.hpp"

namespace fuseloop::uring {

namespace {

constexpr size_t kSubmissionLength = 128;

std::atomic_ref<uint32_t> shared(uint32_t* word) { return std::atomic_ref<uint32_t>(*word); }

}  // namespace

IoUring::IoUring(uint32_t submissions, uint32_t completions) {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SQE128 | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
  parameters.cq_entries = completions;
  fd_ = base::UniqueFd(static_cast<int>(::syscall(SYS_io_uring_setup, submissions, &parameters)));
  if (!fd_) base::throwErrno("io_uring_setup", "");
  // Both queues share a mapping since Linux 5.4 (IORING_FEAT_SINGLE_MMAP).
  const size_t length =
      std::max<size_t>(parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t),
                       parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe));
  queues_ = Region(fd_.get(), length, IORING_OFF_SQ_RING);
  submissions_ = Region(fd_.get(), parameters.sq_entries * kSubmissionLength, IORING_OFF_SQES);
  submissionHead_ = at<uint32_t>(queues_, parameters.sq_off.head);
  submissionTail_ = at<uint32_t>(queues_, parameters.sq_off.tail);
  submissionMask_ = *at<uint32_t>(queues_, parameters.sq_off.ring_mask);
  submissionCount_ = parameters.sq_entries;
  completionHead_ = at<uint32_t>(queues_, parameters.cq_off.head);
  completionTail_ = at<uint32_t>(queues_, parameters.cq_off.tail);
  completionMask_ = *at<uint32_t>(queues_, parameters.cq_off.ring_mask);
  completions_ = at<io_uring_cqe>(queues_, parameters.cq_off.cqes);
  auto* order = at<uint32_t>(queues_, parameters.sq_off.array);
  for (uint32_t index = 0; index < submissionCount_; ++index) order[index] = index;
}

IoUring::Region::Region(int fd, size_t size, uint64_t offset) : length(size) {
  void* mapped = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
                        static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) base::throwErrno("mmap", "io_uring");
  start = static_cast<std::byte*>(mapped);
}

IoUring::Region::~Region() {
  if (start) ::munmap(start, length);
}

IoUring::Region& IoUring::Region::operator=(Region&& other) noexcept {
  std::swap(start, other.start);
  std::swap(length, other.length);
  return *this;
}

void IoUring::registerFiles(std::span<const int> files) {
  if (::syscall(SYS_io_uring_register, fd_.get(), IORING_REGISTER_FILES, files.data(),
                files.size()) < 0)
    base::throwErrno("io_uring_register", "files");
}

void IoUring::registerSelf() {
  io_uring_rsrc_update update{};
  update.offset = UINT32_MAX;
  update.data = static_cast<uint64_t>(fd_.get());
  if (::syscall(SYS_io_uring_register, fd_.get(), IORING_REGISTER_RING_FDS, &update, 1) == 1)
    registered_ = static_cast<int>(update.offset);
}

io_uring_sqe* IoUring::prepare() {
  // Acquire: the kernel has read what stood there before.
  if (prepared_ - shared(submissionHead_).load(std::memory_order_acquire) >= submissionCount_)
    return nullptr;
  std::byte* submission = submissions_.start + (prepared_++ & submissionMask_) * kSubmissionLength;
  std::memset(submission, 0, kSubmissionLength);
  return reinterpret_cast<io_uring_sqe*>(submission);
}

void IoUring::publish() { shared(submissionTail_).store(prepared_, std::memory_order_release); }

uint32_t IoUring::unsubmitted() const {
  return shared(submissionTail_).load(std::memory_order_acquire) -
         shared(submissionHead_).load(std::memory_order_acquire);
}

uint32_t IoUring::published() const {
  return shared(submissionTail_).load(std::memory_order_acquire);
}

bool IoUring::isSubmitted(uint32_t published) const {
  const uint32_t head = shared(submissionHead_).load(std::memory_order_acquire);
  const uint32_t tail = shared(submissionTail_).load(std::memory_order_acquire);
  return tail - published >= tail - head;
}

void IoUring::submit() { enter(0, 0, nullptr, 0); }

void IoUring::submitAndWait() { enter(1, IORING_ENTER_GETEVENTS, nullptr, 0); }

void IoUring::enter(uint32_t least, uint32_t flags, const void* argument, size_t length) {
  const bool isRegistered = registered_ >= 0;
  const int ring = isRegistered ? registered_ : fd_.get();
  if (isRegistered) flags |= IORING_ENTER_REGISTERED_RING;
  // What fails goes out with the next call: EAGAIN, EBUSY and EINTR pass, and a ring that is over
  // has nobody who waits.
  ::syscall(SYS_io_uring_enter, ring, unsubmitted(), least, flags, argument, length);
}

void IoUring::submitForOwner() {
  ::syscall(SYS_io_uring_enter, fd_.get(), unsubmitted(), 0, 0, nullptr, 0);
}

bool IoUring::take(Completion& completion) {
  auto head = shared(completionHead_);
  uint32_t position = head.load(std::memory_order_acquire);
  for (;;) {
    // Acquire: pairs with the kernel's release of the tail.
    if (position == shared(completionTail_).load(std::memory_order_acquire)) return false;
    const io_uring_cqe& entry = completions_[position & completionMask_];
    // Read before it is ours: if another was faster, the exchange fails and this counts for
    // nothing.
    completion = {entry.user_data, entry.res};
    if (head.compare_exchange_weak(position, position + 1, std::memory_order_acq_rel,
                                   std::memory_order_acquire))
      return true;
  }
}

bool IoUring::hasCompletions() const {
  return shared(completionHead_).load(std::memory_order_relaxed) !=
         shared(completionTail_).load(std::memory_order_acquire);
}

uint32_t IoUring::taken() const { return shared(completionHead_).load(std::memory_order_relaxed); }

}  // namespace fuseloop::uring
