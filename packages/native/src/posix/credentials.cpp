#include "posix/credentials.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

namespace fuseloop::posix {

namespace {

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct thisThread() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

bool getCapabilities(CapabilitySets& sets) {
  auto header = thisThread();
  return ::syscall(SYS_capget, &header, sets.data()) == 0;
}

bool setCapabilities(const CapabilitySets& sets) {
  auto header = thisThread();
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

/** The kernel tells by the old id only, so the new one is asked for (setfsuid(2)). */
bool setFsUid(uint32_t uid) {
  ::syscall(SYS_setfsuid, uid);
  return static_cast<uint32_t>(::syscall(SYS_setfsuid, UINT32_MAX)) == uid;
}

bool setFsGid(uint32_t gid) {
  ::syscall(SYS_setfsgid, gid);
  return static_cast<uint32_t>(::syscall(SYS_setfsgid, UINT32_MAX)) == gid;
}

/** The groups to come back to, while assumed ones are in force. */
thread_local std::vector<gid_t> savedGroups;
thread_local bool groupsAreSaved = false;

int64_t assumeGroups(size_t count, Bytes groups) {
  const long known = ::syscall(SYS_getgroups, 0, nullptr);
  if (known < 0) return -errno;
  savedGroups.resize(static_cast<size_t>(known));
  if (::syscall(SYS_getgroups, known, savedGroups.data()) < 0) return -errno;
  // The bytes may stand at any address.
  std::vector<gid_t> wanted(count);
  if (count > 0) std::memcpy(wanted.data(), groups.data(), count * sizeof(gid_t));
  if (::syscall(SYS_setgroups, wanted.size(), wanted.data()) != 0) return -errno;
  groupsAreSaved = true;
  return 0;
}

}  // namespace

int64_t assumeOwner(uint32_t uid, uint32_t gid, int count, Bytes groups) {
  if (count > 0 && groups.size() < static_cast<size_t>(count) * sizeof(gid_t)) return -EINVAL;
  CapabilitySets before{};
  if (!getCapabilities(before)) return -errno;
  if (count >= 0) {
    const int64_t failure = assumeGroups(static_cast<size_t>(count), groups);
    if (failure != 0) return failure;
  }
  const bool isOwner = setFsGid(gid) && setFsUid(uid);
  // Leaving user 0 has cleared the capabilities of files (capabilities(7), Effect of user ID
  // changes).
  if (isOwner && (uid == 0 || setCapabilities(before))) return 0;
  resumeOwner();
  return -EPERM;
}

int64_t resumeOwner() {
  // Comes before the ids: setting groups needs CAP_SETGID, which no change of fsuid takes.
  if (groupsAreSaved) ::syscall(SYS_setgroups, savedGroups.size(), savedGroups.data());
  groupsAreSaved = false;
  ::syscall(SYS_setfsuid, ::geteuid());
  ::syscall(SYS_setfsgid, ::getegid());
  return 0;
}

int64_t unshareUmask() { return resultOf(::unshare(CLONE_FS)); }

int64_t exchangeUmask(uint32_t mask) { return ::umask(mask); }

int64_t holdFsetid(int held) {
  CapabilitySets sets{};
  if (!getCapabilities(sets)) return -errno;
  constexpr uint32_t kBit = 1U << static_cast<uint32_t>(CAP_FSETID);
  const uint32_t wanted = held != 0 ? sets[0].permitted & kBit : 0;
  sets[0].effective = (sets[0].effective & ~kBit) | wanted;
  return setCapabilities(sets) ? 0 : -errno;
}

}  // namespace fuseloop::posix
