#include "device/reader-pace.hpp"

#include <algorithm>
#include <utility>

namespace fuseloop::device {

namespace {

constexpr long kTickNs = ReaderPace::kTickMs * 1'000'000L;
/** In a row, until it is looked whether there is a tick. */
constexpr int kMostReads = 64;
/** Reads that find nothing, in a row, until the device is waited for before each. */
constexpr int kVainReads = 4;
/** How often it is read in vain nevertheless: more may come at once again. */
constexpr int kSkips = 16;

}  // namespace

bool ReaderPace::triesToRead() {
  if (reads_ >= kMostReads) {
    reads_ = 0;
    return false;
  }
  if (isReadable_ || vainReads_ < kVainReads) return true;
  skipped_ = (skipped_ + 1) % kSkips;
  return skipped_ == 0;
}

void ReaderPace::noteRead(bool found) {
  hasRead_ |= found;
  reads_ = found ? reads_ + 1 : 0;
  if (std::exchange(isReadable_, false)) return;
  vainReads_ = found ? 0 : std::min(vainReads_ + 1, kVainReads);
}

bool ReaderPace::ensureTick() {
  if (isBusy_ && !tick_.isSet()) {
    tick_.set(kTickNs);
    if (tick_.isSet()) bells_.allowWords();
  }
  return tick_.isSet();
}

void ReaderPace::noteWait(bool isReadable, bool wasLimited) {
  reads_ = 0;
  isReadable_ = isReadable;
  isBusy_ |= isReadable && wasLimited;
}

void ReaderPace::takeTick() {
  if (!tick_.take()) return;
  isBusy_ = std::exchange(hasRead_, false);
  bells_.forbidWords();
}

}  // namespace fuseloop::device
