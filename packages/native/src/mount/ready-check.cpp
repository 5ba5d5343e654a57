// statx(2) with AT_STATX_FORCE_SYNC, so that cached attributes do not answer in the daemon's place.
#include "mount/ready-check.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/system-error.hpp"

namespace fuseloop::mount {

void waitUntilAnswering(const std::string& mountpoint) {
  struct statx status {};
  int result = 0;
  do {
    result = ::statx(AT_FDCWD, mountpoint.c_str(), AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &status);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  switch (errno) {
    case ENOTCONN:
    case ECONNREFUSED:
    case ECONNABORTED:
    case EDEADLK:
      base::throwErrno("stat", mountpoint);
    default:
      return;
  }
}

}  // namespace fuseloop::mount
