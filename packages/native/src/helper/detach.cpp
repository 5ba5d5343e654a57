// A lazy unmount goes through the descriptor that was checked, so it is exact. A plain one cannot:
// umount2(2) calls a mount busy while a descriptor of it is open. It is done by name in a pinned
// directory, and between check and call somebody else may have unmounted. Then a mount beneath
// would be hit, which a user can bring about with two helpers and SIGSTOP; hence the look beneath.
#include "helper/detach.hpp"

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

bool hasOption(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::size_t end = std::min(options.find(','), options.size());
    if (options.substr(0, end) == wanted) return true;
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return false;
}

const MountEntry* find(const std::vector<MountEntry>& table, std::uint64_t id) {
  const auto entry = std::ranges::find(table, id, &MountEntry::mountId);
  return entry == table.end() ? nullptr : &*entry;
}

// The first mount beneath, at the very same place, that is not the caller's.
const MountEntry* foreignBeneath(const std::vector<MountEntry>& table, const MountEntry& top,
                                 const Caller& caller) {
  const MountEntry* entry = &top;
  for (std::size_t climbed = 0; climbed < table.size(); ++climbed) {
    const MountEntry* parent = find(table, entry->parentId);
    if (parent == nullptr || parent->mountPoint != top.mountPoint) return nullptr;
    if (!isCallersMount(*parent, caller)) return parent;
    entry = parent;
  }
  return nullptr;
}

void checkOwner(const std::vector<MountEntry>& table, const MountEntry* entry,
                const std::string& path, bool lazy, const Caller& caller) {
  if (entry == nullptr || !mount::isFuse(*entry)) {
    throw Refusal("failed to unmount " + path + ": no FUSE filesystem is mounted there", EINVAL);
  }
  if (!isCallersMount(*entry, caller)) {
    throw Refusal("failed to unmount " + path + ": it is another user's mount", EPERM);
  }
  if (lazy || foreignBeneath(table, *entry, caller) == nullptr) return;
  throw Refusal("failed to unmount " + path +
                    ": a mount of somebody else lies beneath it; unmount it lazily (-z)",
                EPERM);
}

[[noreturn]] void refuse(const std::string& path) {
  const int errnum = errno;
  throw Refusal("failed to unmount " + path + (errnum == EINVAL ? ": it is no mountpoint" : ""),
                errnum);
}

}  // namespace

bool isCallersMount(const MountEntry& entry, const Caller& caller) {
  if (!mount::isFuse(entry)) return false;
  return caller.isRoot() || hasOption(entry.superOptions, "user_id=" + std::to_string(caller.user));
}

void unmountPath(const std::string& path, bool lazy, const Caller& caller) {
  const ParentAndName where = openParent(path);
  base::UniqueFd root = openPlace(where);
  const auto table = mount::readMountTable();
  checkOwner(table, find(table, mountIdOf(root)), path, lazy, caller);
  if (lazy) {
    detachExactly(root);
    return;
  }
  root.reset();
  if (::fchdir(where.parent.get()) != 0) throw Refusal("failed to change to the parent", errno);
  const MountPrivilege privilege;
  if (::umount2(where.name.c_str(), UMOUNT_NOFOLLOW) != 0) refuse(path);
}

void detachExactly(const base::UniqueFd& root) {
  const MountPrivilege privilege;
  // Without UMOUNT_NOFOLLOW: the magic link is what leads to the mount.
  if (::umount2(descriptorPath(root).c_str(), MNT_DETACH) != 0) refuse("the mount");
}

}  // namespace fuseloop::helper
