#include "helper/auto-unmount.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "helper/comm-socket.hpp"
#include "helper/detach.hpp"
#include "helper/place.hpp"
#include "helper/refusal.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::helper {

namespace {

using mount::MountEntry;

std::optional<MountEntry> entryOf(std::uint64_t mountId) {
  const auto table = mount::readMountTable();
  const auto entry = std::ranges::find(table, mountId, &MountEntry::mountId);
  return entry == table.end() ? std::nullopt : std::optional(*entry);
}

// Asks the daemon, and so waits for one that is dying: its last request ends with ECONNABORTED.
bool isDead(const base::UniqueFd& root) {
  struct statx status {};
  const int flags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_FORCE_SYNC;
  return ::statx(root.get(), "", flags, STATX_BASIC_STATS, &status) != 0 &&
         (errno == ENOTCONN || errno == ECONNABORTED);
}

}  // namespace

WatchedMount watchedMount(std::uint64_t mountId, const Caller& caller) {
  const auto entry = entryOf(mountId);
  if (!entry || !isCallersMount(*entry, caller)) {
    throw Refusal("mount " + std::to_string(mountId) + " is not a FUSE mount of this user");
  }
  return {mountId, entry->devMajor, entry->devMinor};
}

void unmountAtEnd(const base::UniqueFd& channel, const WatchedMount& watched) {
  waitForEnd(channel);
  const auto entry = entryOf(watched.mountId);
  if (!entry || entry->devMajor != watched.devMajor || entry->devMinor != watched.devMinor) return;
  const base::UniqueFd root = openPlace(openParent(entry->mountPoint));
  // Covered by another mount, or unmounted just now.
  if (mountIdOf(root) != watched.mountId) return;
  if (isDead(root)) detachExactly(root);
}

}  // namespace fuseloop::helper
