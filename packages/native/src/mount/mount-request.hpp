// What is asked of the mounting code and what it hands back; plain data without behaviour.
// Paths, source and subtype are byte strings as the kernel takes them, not necessarily UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique-fd.hpp"
#include "mount/mount-identity.hpp"

namespace fuseloop::mount {

struct MountRequest {
  // Relative paths and symbolic links are resolved before mounting.
  std::string mountpoint;
  // Shown as the device of the mount ("fsname"); empty stands for the subtype, or else "fuse".
  std::string source;
  // Makes the type "fuse.<subtype>"; empty leaves "fuse".
  std::string subtype;
  // MS_* bits, added to the default MS_NOSUID | MS_NODEV. flagOptions "suid" and "dev" take those
  // two back.
  unsigned long flags = 0;
  // Options of the kernel's FUSE, one each: allow_other, default_permissions, max_read=N.
  std::vector<std::string> kernelOptions;
  // Generic flags by name (ro, noexec, suid, ...), applied in order after `flags`.
  std::vector<std::string> flagOptions;
  // Absolute path of the helper for a process that may not mount; empty: what findHelper() finds.
  std::string helper;
};

// Which way a mount went: its unmount goes the same.
struct MountWay {
  bool viaHelper = false;
  // As of the request.
  std::string helper;
};

struct MountedDevice {
  // Close-on-exec and blocking. The mount is dead once it and all its clones are closed.
  base::UniqueFd device;
  // Absolute, free of symbolic links: the name under which the mount table lists the mount.
  std::string mountpoint;
  MountIdentity identity;
  // Minor number of the mount's st_dev: its directory's name in /sys/fs/fuse/connections.
  std::uint32_t connection = 0;
  MountWay way;
};

}  // namespace fuseloop::mount
