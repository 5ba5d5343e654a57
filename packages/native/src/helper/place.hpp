// Paths that users give, as descriptors that no rename can turn into something else.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::helper {

// The directory that holds the last name of a path, and that name, which is never "." or "..".
struct ParentAndName {
  base::UniqueFd parent;
  std::string name;
  // As it was given, for messages.
  std::string path;
};

// Follows symbolic links up to the last name, not that one. Throws Refusal.
[[nodiscard]] ParentAndName openParent(const std::string& path);

// O_PATH on what the name leads to: the root of the mount on top, if it is a mountpoint. A symbolic
// link is opened itself. Asks nothing of a mount's daemon. Throws Refusal.
[[nodiscard]] base::UniqueFd openPlace(const ParentAndName& where);

// The id, as in mountinfo, of the mount that the descriptor is in. Throws Refusal, also before
// Linux 5.8, which does not tell.
[[nodiscard]] std::uint64_t mountIdOf(const base::UniqueFd& place);

// A path that leads to exactly what the descriptor is of. proc(5) calls it a magic link.
[[nodiscard]] std::string descriptorPath(const base::UniqueFd& place);

}  // namespace fuseloop::helper
