#include "device/closing-files.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/monotonic-clock.hpp"
#include "device/fuse-wire.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;
using ring::SlotState;

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
/** For what nobody's data hangs on: handlers of requests that only look, and releases. */
constexpr uint64_t kCourtesyNs = 1000 * kNsPerMs;
/** Queued requests that find no taker are looked after so often. */
constexpr uint64_t kImpatienceNs = 2 * kNsPerMs;
constexpr uint64_t kLookAgainNs = 100 * kNsPerMs;

/** fuse_flush_in, fuse_fsync_in and fuse_release_in all begin with fh; the longest has 24 bytes. */
struct HandleBody {
  uint32_t low;
  uint32_t high;
  /** Of RELEASE: the flags of open; of the others 0. */
  uint32_t flags;
  uint32_t padding;
  uint64_t lockOwner;
};
static_assert(sizeof(HandleBody) == 24);
constexpr size_t kFsyncBody = 16;

bool touchesData(uint32_t opcode) {
  return WriteTracker::isWrite(opcode) || opcode == kOpFlush || opcode == kOpFsync;
}

}  // namespace

std::vector<LostFile> ClosingFiles::run() {
  finishHandlers();
  collect();
  const uint64_t courtesy = base::monotonicNanoseconds() + kCourtesyNs;
  while (!ready_.empty() || !asked_.empty()) {
    submitReady();
    const uint64_t until =
        unsafe_ > 0 ? parts_.closeBy.load() : std::min(courtesy, parts_.closeBy.load());
    if (isLate(until)) break;
    rest(until);
    for (const OwnRequests::Answer& answer : parts_.own.take()) settle(answer);
  }
  return lost();
}

/** What was read before the end goes first: a flush must not overtake the writes that it is for. */
void ClosingFiles::finishHandlers() {
  const uint64_t start = base::monotonicNanoseconds();
  for (const bool onWritesOnly : {false, true}) {
    while (isAtWork(onWritesOnly)) {
      const uint64_t closeBy = parts_.closeBy.load();
      // Half of the time is left for the flushes.
      const uint64_t half = start < closeBy ? start + (closeBy - start) / 2 : start;
      const uint64_t until = onWritesOnly ? half : std::min(half, start + kCourtesyNs);
      if (isLate(until)) break;
      rest(std::min(until, base::monotonicNanoseconds() + 5 * kNsPerMs));
      parts_.intake.placeHeld();
    }
  }
}

/** Whether requests of the kernel's are queued or running that bear on open files. */
bool ClosingFiles::isAtWork(bool onWritesOnly) const {
  const auto& held = parts_.intake.held();
  if (onWritesOnly ? held.anyOf(touchesData) : !held.empty()) return true;
  // Before the slots are looked at, which such a request fills.
  if (!onWritesOnly && parts_.mayBring()) return true;
  for (uint32_t slot = 0; slot < parts_.ring.slotCount(); ++slot) {
    const auto state = static_cast<SlotState>(
        parts_.ring.slotWord(slot, layout::kState).load(std::memory_order_acquire));
    if (state != SlotState::kFilled && state != SlotState::kRunning) continue;
    const uint32_t opcode =
        parts_.ring.slotWord(slot, layout::kOpcode).load(std::memory_order_relaxed);
    if (touchesData(opcode)) return true;
    if (onWritesOnly) continue;
    if (state == SlotState::kFilled || opcode == kOpRelease || opcode == kOpOpen ||
        opcode == kOpCreate || opcode == kOpTmpfile)
      return true;
  }
  return false;
}

void ClosingFiles::collect() {
  std::map<uint64_t, std::vector<size_t>> byNode;
  auto fileFor = [&](const node::OpenFile& file) -> File& {
    std::vector<size_t>& indexes = byNode[file.nodeid];
    for (size_t index : indexes) {
      if (files_[index].file.handle == file.handle) return files_[index];
    }
    indexes.push_back(files_.size());
    return files_.emplace_back(File{.file = file});
  };
  for (const node::OpenFile& file : parts_.openFiles.list()) ++fileFor(file).opens;
  for (const node::OpenFile& file : parts_.writes.unflushed()) fileFor(file).written = true;
  for (uint32_t slot = 0; slot < parts_.ring.slotCount(); ++slot) leaveOut(byNode, slot);
  for (size_t index = 0; index < files_.size(); ++index) {
    File& file = files_[index];
    if (!file.written) continue;
    file.step = Step::kFlush;
    ++unsafe_;
    ready_.push_back(index);
  }
  // After those, whose time is short.
  for (size_t index = 0; index < files_.size(); ++index) {
    if (!files_[index].written && files_[index].opens > 0) ready_.push_back(index);
  }
}

/** The kernel's own RELEASE, which no worker has had time for, needs no second one. */
void ClosingFiles::leaveOut(std::map<uint64_t, std::vector<size_t>>& byNode, uint32_t slot) {
  const auto state = static_cast<SlotState>(
      parts_.ring.slotWord(slot, layout::kState).load(std::memory_order_acquire));
  if (state != SlotState::kFilled) return;
  const uint8_t* request = parts_.ring.slot(slot) + layout::kRequest;
  const auto header = loadWire<InHeader>(request, 0);
  if (header.opcode != kOpRelease) return;
  const node::OpenHandle handle{loadWire<uint32_t>(request, sizeof header),
                                loadWire<uint32_t>(request, sizeof header + 4)};
  for (size_t index : byNode[header.nodeid]) {
    File& file = files_[index];
    if (file.file.handle == handle && file.opens > 0) --file.opens;
  }
}

void ClosingFiles::submitReady() {
  while (!ready_.empty() && submit(ready_.front())) ready_.pop_front();
}

/** False while no slot is free. */
bool ClosingFiles::submit(size_t index) {
  const int32_t armed = parts_.ring.arm();
  // Seq_cst, then look again in a moment: pairs with Session::release.
  if (armed < 0) {
    parts_.waitsForSlot.store(true, std::memory_order_seq_cst);
    return false;
  }
  const auto slot = static_cast<uint32_t>(armed);
  const File& file = files_[index];
  const auto& [nodeid, handle] = file.file;
  HandleBody body{handle.low, handle.high, 0, 0, 0};
  InHeader header{};
  header.length = sizeof header + sizeof body;
  header.nodeid = nodeid;
  header.unique = parts_.own.nextUnique();
  switch (file.step) {
    case Step::kFlush:
      header.opcode = kOpFlush;
      break;
    case Step::kFsync:
      header.opcode = kOpFsync;
      header.length = sizeof header + kFsyncBody;
      break;
    default:
      header.opcode = kOpRelease;
      body.flags = handle.flags;
      break;
  }
  uint8_t* request = parts_.ring.slot(slot) + layout::kRequest;
  std::memcpy(request, &header, sizeof header);
  std::memcpy(request + sizeof header, &body, sizeof body);
  asked_.emplace(header.unique, index);
  parts_.intake.submit(slot, {request, header.length});
  return true;
}

void ClosingFiles::settle(const OwnRequests::Answer& answer) {
  auto asked = asked_.find(answer.unique);
  if (asked == asked_.end()) return;
  const size_t index = asked->second;
  asked_.erase(asked);
  advance(index, answer.error);
}

/** A failed step is noted, and the next one made all the same, as close(2) would. */
void ClosingFiles::advance(size_t index, int32_t error) {
  File& file = files_[index];
  // ENOSYS: the filesystem has no such handler.
  if (error != 0 && error != -ENOSYS && file.error == 0) file.error = error;
  if (file.step == Step::kRelease) {
    --file.opens;
  } else {
    file.step = file.step == Step::kFlush ? Step::kFsync : Step::kRelease;
  }
  if (file.step != Step::kRelease || file.opens > 0) {
    ready_.push_back(index);
    return;
  }
  file.step = Step::kDone;
  if (file.written) --unsafe_;
}

bool ClosingFiles::isLate(uint64_t until) const {
  return stop_.stop_requested() || base::monotonicNanoseconds() >= until;
}

void ClosingFiles::rest(uint64_t until) {
  const uint64_t now = base::monotonicNanoseconds();
  const uint64_t longest = parts_.ring.hasQueued() ? kImpatienceNs : kLookAgainNs;
  const uint64_t left = until > now ? std::min(until - now, longest) : 0;
  pollfd ready{parts_.bell.fd(), POLLIN, 0};
  // Rounded up, so that the time has come.
  const int count = ::poll(&ready, 1, static_cast<int>(left / kNsPerMs + 1));
  if (count > 0) parts_.bell.drain();
  if (count == 0 && parts_.ring.hasQueued()) parts_.tend();
}

std::vector<LostFile> ClosingFiles::lost() const {
  std::vector<LostFile> lost = parts_.writes.failedPages();
  auto note = [&lost](uint64_t nodeid, int32_t error) {
    if (std::ranges::find(lost, nodeid, &LostFile::nodeid) == lost.end())
      lost.push_back({nodeid, error});
  };
  for (const File& file : files_) {
    if (!file.written) continue;
    if (file.error != 0 || file.step != Step::kDone)
      note(file.file.nodeid, file.error != 0 ? file.error : -ETIMEDOUT);
  }
  for (uint32_t slot = 0; slot < parts_.ring.slotCount(); ++slot) {
    const auto state = static_cast<SlotState>(
        parts_.ring.slotWord(slot, layout::kState).load(std::memory_order_acquire));
    if ((state == SlotState::kFilled || state == SlotState::kRunning) &&
        parts_.writes.isWriteBack(slot))
      note(loadWire<InHeader>(parts_.ring.slot(slot), layout::kRequest).nodeid, -ETIMEDOUT);
  }
  return lost;
}

}  // namespace fuseloop::device
