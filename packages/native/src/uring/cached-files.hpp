// Regular files that the kernel has probably cached, for QueueProbe.

#pragma once

#include <cstdint>
#include <vector>

#include "node/node-table.hpp"
#include "node/open-file-table.hpp"

namespace fuseloop::uring {

/** Some of them: those that are open first, which it has. */
std::vector<uint64_t> cachedFiles(const node::NodeTable& nodes,
                                  const node::OpenFileTable& openFiles);

}  // namespace fuseloop::uring
