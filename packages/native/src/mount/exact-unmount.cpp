// The first call with MNT_EXPIRE only marks what is on top, any use takes the mark off again, and
// the second call unmounts what is marked. So between the two there is time to look what is on top,
// and what comes after that look is not marked (fs/namespace.c do_umount()). A mount in use is
// detached by an O_PATH descriptor of its root, which cannot be anybody else's; that way is not for
// one without users, as the descriptor itself would be one.
#include "mount/exact-unmount.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::mount {

namespace {

constexpr int kMostAttempts = 100;
constexpr useconds_t kPauseUs = 1000;

// One unmount at a time in a mount namespace, as far as they are ours: of two, one could unmount
// what the other has marked. Whoever holds it for long, an unmount that waits for its daemon or
// somebody who means harm, is not waited for.
class UnmountTurn {
 public:
  UnmountTurn() : file_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)) {
    constexpr int kPatience = 100;
    for (int tries = 0; tries < kPatience && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0;
         ++tries) {
      if (errno != EWOULDBLOCK) return;
      ::usleep(kPauseUs);
    }
  }

 private:
  // Closing it gives the turn up.
  base::UniqueFd file_;
};

// Without using the mount, so that its mark stays. The table first: if ours still is after that,
// the id in the table was its own.
bool isOnTop(const MountIdentity& ours, const std::string& path) {
  const auto top = topMountAt(path);
  return top && top->mountId == ours.mountId && mayExist(ours);
}

enum class Outcome { kUnmounted, kMarked, kElsewhere, kInUse };

Outcome expire(const std::string& path) {
  if (::umount2(path.c_str(), MNT_EXPIRE | UMOUNT_NOFOLLOW) == 0) return Outcome::kUnmounted;
  if (errno == EAGAIN) return Outcome::kMarked;
  if (errno == EBUSY) return Outcome::kInUse;
  base::throwErrno("umount2", path);
}

Outcome tryUnmount(const MountIdentity& ours, const std::string& path) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    // The look also takes off a mark that somebody else may have left.
    if (!isAtPath(ours, path)) return Outcome::kElsewhere;
    if (const Outcome first = expire(path); first != Outcome::kMarked) return first;
    if (!isOnTop(ours, path)) return Outcome::kElsewhere;
    if (const Outcome second = expire(path); second != Outcome::kMarked) return second;
  }
  return Outcome::kInUse;
}

}  // namespace

bool isAtPath(const MountIdentity& ours, const std::string& path) {
  const base::UniqueFd root = openMountRoot(path, "umount2");
  return isSame(identityOf(root.get()), ours);
}

bool unmountIdle(const MountIdentity& ours, const std::string& path) {
  const UnmountTurn turn;
  const Outcome outcome = tryUnmount(ours, path);
  if (outcome == Outcome::kInUse) throw base::SystemError(EBUSY, "umount2", path);
  return outcome == Outcome::kUnmounted;
}

bool detachExactly(const MountIdentity& ours, const std::string& path) {
  constexpr int kLooks = 20;
  const UnmountTurn turn;
  for (int look = 0; look < kLooks; ++look) {
    const Outcome outcome = tryUnmount(ours, path);
    if (outcome != Outcome::kInUse) return outcome == Outcome::kUnmounted;
    // Somebody on his way through it, or about to mount over it, is gone by then.
    ::usleep(kPauseUs);
  }
  // MNT_DETACH takes along what is mounted over it.
  if (!isOnTop(ours, path)) return false;
  const base::UniqueFd root = openMountRoot(path, "umount2");
  if (!isSame(identityOf(root.get()), ours)) return false;
  const std::string name = "/proc/self/fd/" + std::to_string(root.get());
  if (::umount2(name.c_str(), MNT_DETACH) != 0) base::throwErrno("umount2", path);
  return true;
}

}  // namespace fuseloop::mount
