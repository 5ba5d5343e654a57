// statx(2) and statmount(2). The C library of Debian 12 knows neither the second
// nor the newest fields of the first, hence the numbers here.
#include "mount/mount-identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/system-error.hpp"
#include "mount/descriptor-info.hpp"

namespace fuseloop::mount {

namespace {

// include/uapi/linux/stat.h; stx_mnt_id stands at 0x90 of the kernel's struct statx.
constexpr unsigned kMountIdUnique = 0x4000;
constexpr std::size_t kMountIdOffset = 0x90;

// include/uapi/linux/mount.h, MNT_ID_REQ_SIZE_VER0. The number is the same on all architectures.
constexpr long kStatmountCall = 457;
constexpr std::uint64_t kStatmountBasic = 2;
struct StatmountRequest {
  std::uint32_t size;
  std::uint32_t spare;
  std::uint64_t mountId;
  std::uint64_t mask;
};

std::uint64_t uniqueIdOf(int descriptor) {
  struct statx status {};
  static_assert(sizeof status >= kMountIdOffset + sizeof(std::uint64_t));
  // Only what the kernel itself knows is asked for. EACCES for who may not enter the mount.
  if (::statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, kMountIdUnique, &status) != 0 ||
      (status.stx_mask & kMountIdUnique) == 0) {
    return 0;
  }
  std::uint64_t id = 0;
  std::memcpy(&id, reinterpret_cast<const char*>(&status) + kMountIdOffset, sizeof id);
  return id;
}

}  // namespace

bool isSame(const MountIdentity& one, const MountIdentity& other) noexcept {
  if (one.mountId != other.mountId) return false;
  return one.uniqueId == other.uniqueId || one.uniqueId == 0 || other.uniqueId == 0;
}

base::UniqueFd openMountRoot(const std::string& path, const char* syscall) {
  base::UniqueFd root(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!root) base::throwErrno(syscall, path);
  return root;
}

MountIdentity identityOf(int descriptor) {
  const auto mountId = readDescriptorInfo(descriptor, "mnt_id");
  return {mountId.value_or(0), uniqueIdOf(descriptor)};
}

bool mayExist(const MountIdentity& identity) noexcept {
  if (identity.uniqueId == 0) return true;
  const StatmountRequest request{sizeof request, 0, identity.uniqueId, kStatmountBasic};
  alignas(std::uint64_t) std::array<char, 1024> answer;
  return ::syscall(kStatmountCall, &request, answer.data(), answer.size(), 0) == 0 ||
         errno != ENOENT;
}

}  // namespace fuseloop::mount
