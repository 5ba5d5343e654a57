#include "posix/owned-locks.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "base/unique-fd.hpp"
#include "posix/file-calls.hpp"

namespace fuseloop::posix {

namespace {

constexpr int kTest = 0;
constexpr int kSet = 1;

/** Device, inode, owner. The description keeps the inode, so its number is not given again. */
using Key = std::tuple<uint64_t, uint64_t, int64_t>;

std::mutex mutex;
/** Guarded by the mutex, a leaf lock: no call is made under it that waits. */
std::map<Key, base::UniqueFd> descriptions;

/** Both kinds of locks if the file allows it; a lock needs the file open as it locks (fcntl(2)). */
base::UniqueFd reopen(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  for (const int mode : {O_RDWR, O_RDONLY, O_WRONLY}) {
    base::UniqueFd opened(::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC));
    if (opened) return opened;
  }
  return {};
}

}  // namespace

int64_t ownedLock(int fd, int64_t owner, int command, int type, int64_t start, int64_t length,
                  Bytes conflict) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return -errno;
  const Key key{file.st_dev, file.st_ino, owner};
  const std::lock_guard guard(mutex);
  const auto known = descriptions.find(key);
  if (known != descriptions.end()) {
    const int64_t result = ofdLock(known->second.get(), command, type, start, length, conflict);
    const bool isAll = type == F_UNLCK && start == 0 && length == 0;
    if (command == kSet && isAll) descriptions.erase(known);
    return result;
  }
  if (command == kSet && type == F_UNLCK) return 0;
  base::UniqueFd opened = reopen(fd);
  if (!opened) return -errno;
  const int64_t result = ofdLock(opened.get(), command, type, start, length, conflict);
  if (command != kTest && result == 0) descriptions.emplace(key, std::move(opened));
  return result;
}

}  // namespace fuseloop::posix
