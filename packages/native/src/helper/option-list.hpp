// The -o list: what of it reaches the kernel. Pure functions.
// Each option is one the helper knows; nothing a caller writes is passed on without being looked
// at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuseloop::helper {

struct OptionRules {
  // Root may ask for suid and dev.
  bool isRoot = false;
  // allow_other is allowed: root, or user_allow_other in /etc/fuse.conf.
  bool mayAllowOther = false;
};

// A parameter of the superblock, as fsconfig(2) takes it; without a value it is a flag.
struct Parameter {
  std::string name;
  std::string value;
  bool operator==(const Parameter&) const = default;
};

struct MountOptions {
  // Plain text, escapes resolved; empty when not given.
  std::string fsname;
  std::string subtype;
  std::vector<Parameter> parameters;
  // MOUNT_ATTR_* bits. nosuid and nodev, unless root takes them back.
  std::uint64_t attributes = 0;
  bool autoUnmount = false;
  // Options that were left out, one line each.
  std::vector<std::string> warnings;
};

// Throws Refusal naming the first option that is unknown, malformed, or not the caller's to use.
[[nodiscard]] MountOptions parseOptionList(std::string_view list, const OptionRules& rules);

}  // namespace fuseloop::helper
