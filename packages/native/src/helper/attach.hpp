// Makes the FUSE superblock and puts it on a pinned mountpoint, by fsopen(2) and its sisters: each
// option is a parameter of its own, so none can smuggle in another, and none is cut off at a page.
#pragma once

#include "base/unique-fd.hpp"
#include "helper/caller.hpp"
#include "helper/mountpoint.hpp"
#include "helper/option-list.hpp"

namespace fuseloop::helper {

struct AttachedMount {
  // /dev/fuse, whose connection this mount is.
  base::UniqueFd device;
  // The mount itself; while it is open, unmounting it is EBUSY.
  base::UniqueFd mount;
};

// Throws Refusal with the kernel's own words, if it has some. Linux 5.4 or later.
[[nodiscard]] AttachedMount attach(const MountOptions& options, const Mountpoint& mountpoint,
                                   const Caller& caller);

}  // namespace fuseloop::helper
