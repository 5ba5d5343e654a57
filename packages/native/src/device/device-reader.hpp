// The reader thread: drains the device into slots, answers itself what needs no handler, wakes
// sleeping workers. It never runs a handler, so FORGET and INTERRUPT are served while every worker
// is busy.

#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "base/event-fd.hpp"
#include "device/device-endpoint.hpp"
#include "device/fuse-wire.hpp"
#include "device/node-forgets.hpp"
#include "device/notifier.hpp"
#include "device/reader-inbox.hpp"
#include "device/reader-pace.hpp"
#include "device/reader-trace.hpp"
#include "device/request-intake.hpp"
#include "device/self-access.hpp"
#include "device/write-tracker.hpp"
#include "node/node-table.hpp"
#include "node/open-file-table.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

struct ReaderParts : IntakeParts {
  DeviceEndpoint& device;
  SelfAccess& selfAccess;
  Notifier& notifier;
  /** Rung to stop the thread, and when a slot becomes free while the reader waits for one. */
  base::EventFd& bell;
  std::atomic<bool>& waitsForSlot;
  /** The device was closed from our side, which poll(2) does not tell. */
  const std::atomic<bool>& severed;
  WriteTracker& writes;
  ReaderInbox& inbox;
  const std::optional<ReaderTrace>& trace;
};

class DeviceReader {
 public:
  explicit DeviceReader(ReaderParts parts);

  /** Runs until the device ends; returns the negative errno that ended it, or 0 when stopped. */
  int run(const std::stop_token& stop);
  /** For what is still to be done for requests that were read: when queued ones find no taker. */
  void tend(bool isIdle = true);
  RequestIntake& intake() { return intake_; }

 private:
  int drain(const std::stop_token& stop);
  std::span<uint8_t> target(int32_t slot);
  ssize_t readOne(const std::stop_token& stop, std::span<uint8_t> target);
  bool answeredHere(std::span<const uint8_t> message);
  /** Deadlines of held requests, and INTERRUPTs to ask for again. */
  void tendIntake();
  void wait();
  void letForgetsGather();
  bool mayRead() const;
  bool isOver() const;
  int heldMs() const;
  bool isStuck();
  void readInbox();
  void deliverForgotten();
  void publishForgotten(uint32_t slot, const std::vector<node::ForgottenNode>& nodes);
  bool refusesOpens() const;

  ReaderParts parts_;
  RequestIntake intake_;
  ReaderPace pace_;
  NodeForgets forgets_;
  /** Takes messages while no slot is free. */
  std::vector<uint8_t> spare_;
  /** Forgotten nodes are there that no worker was told of. */
  bool forgottenWait_ = false;
  /** The last message told of forgotten nodes: more of them are likely. */
  bool tookForget_ = false;
  /** poll(2) has said so; the next read tells how. */
  /** Slots that workers had taken at the last look. */
  uint32_t taken_ = 0;
  bool hasEnded_ = false;
};

}  // namespace fuseloop::device
