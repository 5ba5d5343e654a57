#include "uring/worker-ring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/system-error.hpp"
#include "ring/ring-layout.hpp"
#include "uring/fuse-commands.hpp"

namespace fuseloop::uring {

namespace {

/** Prepared at once: all entries of a ring at its start, and answers of a turn. */
constexpr uint32_t kSubmissions = 128;
/** Every entry may have one completion waiting. */
constexpr uint32_t kCompletions = 2 * ring::kMaxSlots;

std::pair<base::UniqueFd, base::UniqueFd> openPipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) base::throwErrno("pipe2");
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

}  // namespace

WorkerRing::WorkerRing(int device) : WorkerRing(device, openPipe()) {}

WorkerRing::WorkerRing(int device, std::pair<base::UniqueFd, base::UniqueFd> pipe)
    : end_(std::move(pipe.first)), io_(kSubmissions, kCompletions) {
  // The ring alone keeps the pipe's other end: it is closed when the kernel has freed the ring.
  const std::array<int, 2> files{device, pipe.second.get()};
  static_assert(kDeviceFile == 0);
  io_.registerFiles(files);
}

void WorkerRing::giveBack(uint32_t index) {
  std::lock_guard lock(returnsMutex_);
  returns_.push_back(index);
  hasReturns_.store(true, std::memory_order_release);
}

std::vector<uint32_t> WorkerRing::takeReturns() {
  if (!hasReturns()) return {};
  std::lock_guard lock(returnsMutex_);
  hasReturns_.store(false, std::memory_order_relaxed);
  return std::exchange(returns_, {});
}

}  // namespace fuseloop::uring
