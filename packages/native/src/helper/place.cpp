#include "helper/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

[[noreturn]] void refuse(const std::string& path) {
  throw Refusal("bad mount point " + path, errno);
}

void dropTrailingSlashes(std::string& path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
}

// Where "." or ".." stands in for a name, only a walk can tell it.
std::string withNameAtItsEnd(const std::string& path) {
  std::string plain = path;
  dropTrailingSlashes(plain);
  const std::string name = plain.substr(plain.rfind('/') + 1);
  if (name != "." && name != "..") return plain;
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(plain.c_str(), nullptr),
                                                             &std::free);
  if (!resolved) refuse(path);
  return resolved.get();
}

}  // namespace

ParentAndName openParent(const std::string& path) {
  const std::string plain = withNameAtItsEnd(path);
  const std::size_t slash = plain.rfind('/');
  ParentAndName result{{}, plain.substr(slash + 1), path};
  if (result.name.empty()) throw Refusal("bad mount point /: it is the root");
  std::string parent = ".";
  if (slash != std::string::npos) parent = plain.substr(0, slash + 1);
  result.parent.reset(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!result.parent) refuse(path);
  return result;
}

base::UniqueFd openPlace(const ParentAndName& where) {
  base::UniqueFd place(
      ::openat(where.parent.get(), where.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!place) refuse(where.path);
  return place;
}

std::uint64_t mountIdOf(const base::UniqueFd& place) {
  // With an empty mask FUSE answers anybody, and asks no daemon (fs/fuse/dir.c fuse_getattr()).
  struct statx status {};
  if (::statx(place.get(), "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, &status) !=
      0) {
    throw Refusal("failed to look at the mount", errno);
  }
  if ((status.stx_mask & STATX_MNT_ID) == 0) {
    throw Refusal("the kernel does not tell mount ids: Linux 5.8 or later is needed");
  }
  return status.stx_mnt_id;
}

std::string descriptorPath(const base::UniqueFd& place) {
  return "/proc/self/fd/" + std::to_string(place.get());
}

}  // namespace fuseloop::helper
