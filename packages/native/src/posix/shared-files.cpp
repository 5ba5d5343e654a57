#include "posix/shared-files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/unique-fd.hpp"

namespace fuseloop::posix {

namespace {

/** Each is owned by the table, and by those who ask about it. */
using SharedFd = std::shared_ptr<const base::UniqueFd>;
using ByIdentity = std::multimap<std::string, SharedFd, std::less<>>;

std::mutex mutex;
/** Both guarded by the mutex, a leaf lock: no system call is made under it. */
ByIdentity byIdentity;
std::unordered_map<int, ByIdentity::iterator> byNumber;

std::string_view textOf(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

SharedFd find(Bytes identity) {
  const std::lock_guard guard(mutex);
  const auto found = byIdentity.find(textOf(identity));
  return found == byIdentity.end() ? nullptr : found->second;
}

SharedFd take(int fd) {
  const std::lock_guard guard(mutex);
  const auto found = byNumber.find(fd);
  if (found == byNumber.end()) return nullptr;
  SharedFd taken = std::move(found->second->second);
  byIdentity.erase(found->second);
  byNumber.erase(found);
  return taken;
}

}  // namespace

int64_t shareFd(int fd, Bytes identity) {
  const std::lock_guard guard(mutex);
  if (byNumber.contains(fd)) return -EEXIST;
  const auto added =
      byIdentity.emplace(textOf(identity), std::make_shared<const base::UniqueFd>(fd));
  byNumber.emplace(fd, added);
  return 0;
}

int64_t statShared(Bytes identity, uint32_t mask, Bytes status) {
  if (status.size() < sizeof(struct statx)) return -EINVAL;
  const SharedFd file = find(identity);
  if (!file) return 1;
  return resultOf(::statx(file->get(), "", AT_EMPTY_PATH, mask,
                          reinterpret_cast<struct statx*>(status.data())));
}

int64_t closeShared(int fd) {
  // Closed, if nobody else has it, outside the lock.
  const SharedFd file = take(fd);
  return file ? 0 : resultOf(::close(fd));
}

}  // namespace fuseloop::posix
