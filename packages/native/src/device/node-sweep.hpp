// Keeps the node table near a soft limit: asks the kernel to forget what nobody uses. What is in
// use stays, so the limit may be passed. Rule: one sweep asks for no more than is too much.

#pragma once

#include <cstdint>
#include <vector>

#include "node/node-table.hpp"

namespace fuseloop::device {

class NodeSweep {
 public:
  /** @param minor as INIT has settled it */
  NodeSweep(node::NodeTable& nodes, size_t limit, uint32_t minor)
      : nodes_(nodes), limit_(limit), minor_(minor) {}

  /** Whole notifications: PRUNE from minor 45 on; before, INVAL_ENTRY, and not of directories, in
   * which somebody may work. */
  std::vector<std::vector<uint8_t>> next();

 private:
  node::NodeTable& nodes_;
  const size_t limit_;
  const uint32_t minor_;
};

}  // namespace fuseloop::device
