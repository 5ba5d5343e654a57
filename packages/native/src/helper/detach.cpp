// A lazy unmount goes through the descriptor that was checked, so it is exact. A plain one cannot:
// a mount with a descriptor open is busy. It goes by name in a pinned directory, in two calls with
// MNT_EXPIRE: the first only marks what is on top and has no user, the second unmounts what is
// marked (fs/namespace.c do_umount()). Between them is time to look whose mount it is, and what
// comes after that look bears no mark, however long the caller stops this process meanwhile.
#include "helper/detach.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "helper/place.hpp"
#include "helper/refusal.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::helper {

namespace {

using mount::MountEntry;

constexpr int kMostAttempts = 100;

bool hasOption(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::size_t end = std::min(options.find(','), options.size());
    if (options.substr(0, end) == wanted) return true;
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return false;
}

void checkOwner(const MountEntry* entry, const std::string& path, const Caller& caller) {
  if (entry == nullptr || !mount::isFuse(*entry)) {
    throw Refusal("failed to unmount " + path + ": no FUSE filesystem is mounted there", EINVAL);
  }
  if (!isCallersMount(*entry, caller)) {
    throw Refusal("failed to unmount " + path + ": it is another user's mount", EPERM);
  }
}

// The mount that the descriptor is in, if it is the caller's to unmount.
MountEntry callersMount(const base::UniqueFd& root, const std::string& path, const Caller& caller) {
  const auto table = mount::readMountTable();
  const auto found = std::ranges::find(table, mountIdOf(root), &MountEntry::mountId);
  checkOwner(found == table.end() ? nullptr : &*found, path, caller);
  return *found;
}

// One plain unmount at a time in a mount namespace: of two, one could take the other's mark for its
// own. Somebody who holds it for long holds up plain unmounts only.
class UnmountTurn {
 public:
  UnmountTurn() : file_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)) {
    constexpr int kPatience = 3000;
    constexpr useconds_t kPauseUs = 1000;
    for (int tries = 0; ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
      if (errno == EWOULDBLOCK && tries < kPatience) {
        ::usleep(kPauseUs);
      } else {
        throw Refusal("other unmounts are under way; try again, or lazily (-z)", errno);
      }
    }
  }

 private:
  // Closing it gives the turn up.
  base::UniqueFd file_;
};

[[noreturn]] void refuse(const std::string& path) {
  const int errnum = errno;
  throw Refusal("failed to unmount " + path + (errnum == EINVAL ? ": it is no mountpoint" : ""),
                errnum);
}

// True when that unmounted it, false when it is marked now.
bool expire(const std::string& name, const std::string& path) {
  const MountPrivilege privilege;
  if (::umount2(name.c_str(), MNT_EXPIRE | UMOUNT_NOFOLLOW) == 0) return true;
  if (errno != EAGAIN) refuse(path);
  return false;
}

}  // namespace

bool isCallersMount(const MountEntry& entry, const Caller& caller) {
  if (!mount::isFuse(entry)) return false;
  return caller.isRoot() || hasOption(entry.superOptions, "user_id=" + std::to_string(caller.user));
}

void unmountPath(const std::string& path, bool lazy, const Caller& caller) {
  const ParentAndName where = openParent(path);
  if (lazy) {
    const base::UniqueFd root = openPlace(where);
    static_cast<void>(callersMount(root, path, caller));
    return detachExactly(root);
  }
  if (::fchdir(where.parent.get()) != 0) throw Refusal("failed to change to the parent", errno);
  const UnmountTurn turn;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    // This look is a use of the mount: it takes off a mark that somebody else may have left.
    const MountEntry entry = callersMount(openPlace(where), path, caller);
    if (expire(where.name, path)) return;
    const auto top = mount::topMountAt(entry.mountPoint);
    checkOwner(top ? &*top : nullptr, path, caller);
    if (expire(where.name, path)) return;
  }
  throw Refusal("failed to unmount " + path, EBUSY);
}

void detachExactly(const base::UniqueFd& root) {
  const MountPrivilege privilege;
  // Without UMOUNT_NOFOLLOW: the magic link is what leads to the mount.
  if (::umount2(descriptorPath(root).c_str(), MNT_DETACH) != 0) refuse("the mount");
}

}  // namespace fuseloop::helper
