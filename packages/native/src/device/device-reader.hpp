// The reader thread: drains the device into slots, answers itself what needs no handler, wakes
// sleeping workers. It never runs a handler, so FORGET and INTERRUPT are served while every worker
// is busy.

#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/event-fd.hpp"
#include "device/device-endpoint.hpp"
#include "device/fuse-wire.hpp"
#include "device/in-flight-requests.hpp"
#include "device/notifier.hpp"
#include "device/reply-writer.hpp"
#include "device/request-routing.hpp"
#include "device/self-access.hpp"
#include "device/watchdog.hpp"
#include "device/worker-bells.hpp"
#include "node/lock-manager.hpp"
#include "node/node-table.hpp"
#include "node/open-file-table.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

/** What the reader works on; all owned by the session, which outlives it. */
struct ReaderParts {
  ring::RequestRing& ring;
  DeviceEndpoint& device;
  ReplyWriter& replies;
  const RequestRouting& routing;
  WorkerBells& bells;
  Watchdog& watchdog;
  SelfAccess& selfAccess;
  node::NodeTable& nodes;
  node::OpenFileTable& openFiles;
  InFlightRequests& requests;
  Notifier& notifier;
  node::LockManager& locks;
  /** Rung to stop the thread, and when a slot becomes free while the reader waits for one. */
  base::EventFd& bell;
  std::atomic<bool>& waitsForSlot;
  /** Queues a slot for one worker unless that worker's incarnation has ended. */
  std::function<bool(const ObjectHandle&, uint32_t slot)> sendToWorker;
};

class DeviceReader {
 public:
  explicit DeviceReader(ReaderParts parts);

  /** Runs until the device ends; returns the negative errno that ended it, or 0 when stopped. */
  int run(const std::stop_token& stop);

 private:
  std::span<uint8_t> target(int32_t slot);
  ssize_t readOne(const std::stop_token& stop, std::span<uint8_t> target);
  bool answeredHere(std::span<const uint8_t> message);
  void forget(std::span<const uint8_t> message);
  void forgetNode(uint64_t nodeid, uint64_t count);
  void interrupt(std::span<const uint8_t> message);
  int32_t waitForSlot(const std::stop_token& stop);
  void publish(uint32_t slot, std::span<const uint8_t> message);
  bool sendToKeeper(uint32_t slot, std::span<const uint8_t> message, uint32_t opcode);
  void deliverForgotten();
  void publishForgotten(uint32_t slot, const std::vector<node::ForgottenNode>& nodes);
  void tend();

  ReaderParts parts_;
  /** Takes messages while no slot is free: FORGET and INTERRUPT get through until a request stands
   * here. */
  std::vector<uint8_t> spare_;
  std::chrono::steady_clock::time_point lastAlive_;
  /** Forgotten nodes are there that no worker was told of. */
  bool forgottenWait_ = false;
};

}  // namespace fuseloop::device
