// After the device's end: files that clients had open, of which the kernel sends no FLUSH and no
// RELEASE any more, are flushed and released by requests of our own. Runs on the reader's thread,
// which alone arms slots and reads no more.

#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "base/event-fd.hpp"
#include "device/own-requests.hpp"
#include "device/request-intake.hpp"
#include "device/write-tracker.hpp"

namespace fuseloop::device {

/** All owned by the session. */
struct ClosingParts {
  ring::RequestRing& ring;
  RequestIntake& intake;
  OwnRequests& own;
  const WriteTracker& writes;
  const node::OpenFileTable& openFiles;
  /** Rung at each answer, at a slot that gets free if `waitsForSlot`, and when `closeBy` changes.
   */
  const base::EventFd& bell;
  std::atomic<bool>& waitsForSlot;
  /** CLOCK_MONOTONIC nanoseconds by which all must be done. */
  const std::atomic<uint64_t>& closeBy;
  /** Whether requests from before the end may still come. */
  std::function<bool()> mayBring;
  /** For queued requests that find no taker. */
  std::function<void()> tend;
};

class ClosingFiles {
 public:
  ClosingFiles(ClosingParts parts, const std::stop_token& stop)
      : parts_(std::move(parts)), stop_(stop) {}

  /** Returns the files whose data is not known to be safe. */
  std::vector<LostFile> run();

 private:
  enum class Step : uint8_t { kFlush, kFsync, kRelease, kDone };
  /** One handle of a node: flushed once if it was written, released as often as it is open. */
  struct File {
    node::OpenFile file;
    bool written = false;
    uint32_t opens = 0;
    Step step = Step::kRelease;
    int32_t error = 0;
  };

  void finishHandlers();
  bool isAtWork(bool onWritesOnly) const;
  void collect();
  void leaveOut(std::map<uint64_t, std::vector<size_t>>& byNode, uint32_t slot);
  void submitReady();
  bool submit(size_t index);
  void settle(const OwnRequests::Answer& answer);
  void advance(size_t index, int32_t error);
  void rest(uint64_t until);
  bool isLate(uint64_t until) const;
  std::vector<LostFile> lost() const;

  ClosingParts parts_;
  std::stop_token stop_;
  std::vector<File> files_;
  std::deque<size_t> ready_;
  /** Requests without an answer, by unique. */
  std::unordered_map<uint64_t, size_t> asked_;
  /** Written files that are not done. */
  size_t unsafe_ = 0;
};

}  // namespace fuseloop::device
