// What the daemon tells its watcher (watcher/main.cpp) over a pipe: which mount to clear away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mount/mount-request.hpp"

namespace fuseloop::mount {

struct WatchOrder {
  MountIdentity identity;
  std::string mountpoint;
  MountWay way;
};

// Its two paths end with a NUL each, the one character that no path has.
[[nodiscard]] std::string formatWatchOrder(const WatchOrder& order);

// Nothing when it is not complete, or no order.
[[nodiscard]] std::optional<WatchOrder> parseWatchOrder(std::string_view text);

}  // namespace fuseloop::mount
