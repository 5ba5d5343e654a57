// FORGETs, taken up by whoever reads them: lookup counts go down, and with the last of them what is
// kept about a node.

#pragma once

#include <cstdint>
#include <span>

#include "device/write-tracker.hpp"
#include "node/lock-manager.hpp"
#include "node/node-table.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class NodeForgets {
 public:
  NodeForgets(ring::RequestRing& ring, node::NodeTable& nodes, node::LockManager& locks,
              WriteTracker& writes)
      : ring_(ring), nodes_(nodes), locks_(locks), writes_(writes) {}

  /** A whole FORGET or BATCH_FORGET. Any thread. */
  void take(std::span<const uint8_t> message);
  /** Nodes are forgotten that no worker was told of. */
  bool hasUntold() const { return nodes_.forgottenCount() > 0; }

 private:
  void forget(uint64_t nodeid, uint64_t count);

  ring::RequestRing& ring_;
  node::NodeTable& nodes_;
  node::LockManager& locks_;
  WriteTracker& writes_;
};

}  // namespace fuseloop::device
