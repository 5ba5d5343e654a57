// capabilities(7): leaving user 0 clears the effective set and, without PR_SET_KEEPCAPS, the
// permitted one. A process with more in its permitted set than its user's is out of ptrace(2)'s
// reach, and PR_SET_DUMPABLE keeps its /proc files from that user, too.
//
// With all ids the caller's, the walk to a mountpoint within another mount of the same user passes
// fuse_allow_current_process() (fs/fuse/dir.c), which wants just that.
#include "helper/caller.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr std::uint32_t kMask = CAP_TO_MASK(CAP_SYS_ADMIN);
constexpr std::size_t kWord = CAP_TO_INDEX(CAP_SYS_ADMIN);

CapabilitySets readSets() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) throw Refusal("capget", errno);
  return sets;
}

bool writeSets(const CapabilitySets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

void check(int result, const char* what) {
  if (result != 0) throw Refusal(std::string("failed to give up privileges, ") + what, errno);
}

}  // namespace

Caller becomeCaller() {
  const Caller caller{::getuid(), ::getgid()};
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
  if (caller.isRoot()) return caller;
  CapabilitySets reserve{};
  reserve[kWord].permitted = readSets()[kWord].permitted & kMask;
  check(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl");
  check(::setresgid(caller.group, caller.group, caller.group), "setresgid");
  check(::setresuid(caller.user, caller.user, caller.user), "setresuid");
  check(writeSets(reserve) ? 0 : -1, "capset");
  check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl");
  return caller;
}

MountPrivilege::MountPrivilege() {
  CapabilitySets sets = readSets();
  if ((sets[kWord].effective & kMask) != 0) return;
  sets[kWord].effective |= kMask;
  if ((sets[kWord].permitted & kMask) == 0 || !writeSets(sets)) {
    throw Refusal(
        "has no right to mount: it must be setuid root or have the capability "
        "cap_sys_admin",
        EPERM);
  }
  raised_ = true;
}

MountPrivilege::~MountPrivilege() {
  if (!raised_) return;
  CapabilitySets sets = readSets();
  sets[kWord].effective &= ~kMask;
  // Lowering needs no right; should it fail all the same, going on would be wrong.
  if (!writeSets(sets)) ::_exit(1);
}

}  // namespace fuseloop::helper
