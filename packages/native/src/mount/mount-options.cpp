// Checks and formats of mount options.
// The kernel splits data at commas and has no escapes; fusermount3 knows a backslash escape for
// fsname and subtype.
#include "mount/mount-options.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/system-error.hpp"

namespace fuseloop::mount {

namespace {

struct FlagName {
  std::string_view setName;
  std::string_view clearName;
  unsigned long bit;
};

// linux/mount.h; too new for the <sys/mount.h> of older C libraries.
constexpr unsigned long kNoSymlinkFollow = 256;

constexpr auto kFlagNames =
    std::to_array<FlagName>({{"ro", "rw", MS_RDONLY},
                             {"nosuid", "suid", MS_NOSUID},
                             {"nodev", "dev", MS_NODEV},
                             {"noexec", "exec", MS_NOEXEC},
                             {"sync", "async", MS_SYNCHRONOUS},
                             {"dirsync", "", MS_DIRSYNC},
                             {"noatime", "atime", MS_NOATIME},
                             {"nodiratime", "diratime", MS_NODIRATIME},
                             {"relatime", "", MS_RELATIME},
                             {"strictatime", "", MS_STRICTATIME},
                             {"nosymfollow", "symfollow", kNoSymlinkFollow}});

// Set by this code or by the helper, or no options of the kernel at all. auto_unmount would keep
// the helper running.
constexpr auto kReservedOptions =
    std::to_array<std::string_view>({"fd", "rootmode", "user_id", "group_id", "fsname", "subtype",
                                     "blkdev", "auto_unmount", "allow_root"});

constexpr std::string_view kNul("\0", 1);

[[noreturn]] void refuse(const MountRequest& request, std::string_view what, std::string_view why) {
  std::string detail("mount option '");
  detail.append(what).append("' ").append(why);
  throw base::SystemError(EINVAL, "mount", request.mountpoint, detail);
}

void checkKernelOption(const MountRequest& request, std::string_view option) {
  if (option.empty()) refuse(request, option, "is empty");
  if (option.find_first_of(",\\") != std::string_view::npos || option.find('\0') != option.npos) {
    refuse(request, option, "must not contain a comma, backslash or NUL");
  }
  const std::string_view name = option.substr(0, option.find('='));
  if (std::ranges::find(kReservedOptions, name) != kReservedOptions.end()) {
    refuse(request, option, "cannot be set here");
  }
}

unsigned long applyFlag(const MountRequest& request, unsigned long flags, std::string_view name) {
  for (const FlagName& known : kFlagNames) {
    if (name.empty()) break;
    if (name == known.setName) return flags | known.bit;
    if (name == known.clearName) return flags & ~known.bit;
  }
  refuse(request, name, "is not a known mount flag");
}

std::string escapeForHelper(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    if (character == ',' || character == '\\') escaped.push_back('\\');
    escaped.push_back(character);
  }
  return escaped;
}

}  // namespace

void checkRequest(const MountRequest& request) {
  for (const std::string* text : {&request.mountpoint, &request.source, &request.subtype}) {
    if (text->find(kNul) != std::string::npos) {
      throw base::SystemError(EINVAL, "mount", {}, "a NUL in mountpoint, source or subtype");
    }
  }
  for (const std::string& option : request.kernelOptions) checkKernelOption(request, option);
  unsigned long known = 0;
  for (const FlagName& flag : kFlagNames) known |= flag.bit;
  // MS_REMOUNT, MS_BIND or MS_MOVE would turn mount(2) into another operation.
  if ((request.flags & ~known) != 0)
    refuse(request, std::to_string(request.flags), "is not a set of mount flags");
  static_cast<void>(mountFlags(request));
}

unsigned long mountFlags(const MountRequest& request) {
  unsigned long flags = MS_NOSUID | MS_NODEV | request.flags;
  for (const std::string& name : request.flagOptions) flags = applyFlag(request, flags, name);
  return flags;
}

std::string mountType(const MountRequest& request) {
  return request.subtype.empty() ? "fuse" : "fuse." + request.subtype;
}

std::string mountSource(const MountRequest& request) {
  if (!request.source.empty()) return request.source;
  return request.subtype.empty() ? "fuse" : request.subtype;
}

std::string kernelData(const MountRequest& request, int device, mode_t rootMode, uid_t user,
                       gid_t group) {
  std::array<char, 96> fixed{};
  std::snprintf(fixed.data(), fixed.size(), "fd=%d,rootmode=%o,user_id=%u,group_id=%u", device,
                rootMode, user, group);
  std::string data(fixed.data());
  for (const std::string& option : request.kernelOptions) data.append(",").append(option);
  // mount(2) cuts longer data off silently (fs/namespace.c copy_mount_options()).
  if (data.size() >= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    throw base::SystemError(EINVAL, "mount", request.mountpoint, "mount options are too long");
  }
  return data;
}

std::string helperOptions(const MountRequest& request) {
  const unsigned long flags = mountFlags(request);
  std::string options = "fsname=" + escapeForHelper(mountSource(request));
  if (!request.subtype.empty()) options += ",subtype=" + escapeForHelper(request.subtype);
  for (const FlagName& known : kFlagNames) {
    if ((flags & known.bit) != 0) options.append(",").append(known.setName);
  }
  // The helper has nosuid and nodev as defaults too, so their absence must be said.
  if ((flags & MS_NOSUID) == 0) options += ",suid";
  if ((flags & MS_NODEV) == 0) options += ",dev";
  for (const std::string& option : request.kernelOptions) options.append(",").append(option);
  return options;
}

}  // namespace fuseloop::mount
