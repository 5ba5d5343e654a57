// /etc/fuse.conf: what root grants to the users of the helper (man fuse.conf).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fuseloop::helper {

struct FuseConf {
  bool userAllowOther = false;
  // FUSE mounts there may be before a user mounts another one; -1 for any number.
  long mountMax = 1000;
  // Lines that say nothing known, one line each.
  std::vector<std::string> warnings;
};

[[nodiscard]] FuseConf parseFuseConf(std::string_view text);

// The defaults when there is no such file; these and a warning when it cannot be read.
[[nodiscard]] FuseConf readFuseConf();

}  // namespace fuseloop::helper
