// Reads /proc/self/mountinfo, proc(5): which mount is at a path, known without touching the mount.
// A stat of a path whose daemon is dead or stuck would fail or block; the table answers always.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuseloop::mount {

struct MountEntry {
  std::uint64_t mountId = 0;
  std::uint64_t parentId = 0;
  std::uint32_t devMajor = 0;
  std::uint32_t devMinor = 0;
  std::string mountPoint;
  std::string fsType;
  std::string source;
  std::string options;
  std::string superOptions;
};

// Decodes the text of a mountinfo file; lines that are not of its form are left out.
[[nodiscard]] std::vector<MountEntry> parseMountInfo(std::string_view text);

// All mounts of the process' mount namespace, oldest first. Throws SystemError when /proc is not
// there.
[[nodiscard]] std::vector<MountEntry> readMountTable();

// The entry on top of those mounted exactly at the path. The path must be absolute and resolved.
[[nodiscard]] std::optional<MountEntry> topMountAt(const std::vector<MountEntry>& table,
                                                   std::string_view absolutePath);
[[nodiscard]] std::optional<MountEntry> topMountAt(std::string_view absolutePath);

// True for "fuse" and "fuse.<subtype>"; block device FUSE and fusectl are not ours to unmount.
[[nodiscard]] bool isFuse(const MountEntry& entry);

}  // namespace fuseloop::mount
