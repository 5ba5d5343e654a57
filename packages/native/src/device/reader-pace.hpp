// How the reader waits, by how closely messages follow each other. A timeout of each wait, and a
// look at a device that is empty, cost as much as all that the reader does for a short request.

#pragma once

#include "base/tick.hpp"
#include "device/worker-bells.hpp"

namespace fuseloop::device {

/** Of the reader's thread. */
class ReaderPace {
 public:
  explicit ReaderPace(WorkerBells& bells) : bells_(bells) {}

  /** Whether the device is to be read before it is waited for. */
  bool triesToRead();
  void noteRead(bool found);

  /** Before a wait: sets a tick while messages follow each other closely. Whether one will end the
   * wait in kTickMs at most, so that it needs no timeout for that. */
  bool ensureTick();
  /** To be waited for beside the device. */
  int tickFd() const { return tick_.fd(); }
  /** After a wait. @param isReadable the device is @param wasLimited to kTickMs, by its timeout */
  void noteWait(bool isReadable, bool wasLimited);
  /** The tick's descriptor is readable. */
  void takeTick();
  /** Nobody waits any more: no tick comes. */
  void end() { bells_.forbidWords(); }

  /** How long something may wait for the reader's or a worker's next look, where nothing else makes
   * them look. */
  static constexpr int kTickMs = 2;

 private:
  WorkerBells& bells_;
  base::Tick tick_;
  /** Messages follow each other within kTickMs. */
  bool isBusy_ = false;
  /** Since the last tick. */
  bool hasRead_ = false;
  /** poll(2) has said so; the next read tells. */
  bool isReadable_ = false;
  /** In a row, without a wait. */
  int reads_ = 0;
  int vainReads_ = 0;
  int skipped_ = 0;
};

}  // namespace fuseloop::device
