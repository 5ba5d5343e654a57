#include "mount/connection-abort.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::mount {

namespace {

// POLLERR is what a device without a connection gives (fs/fuse/dev.c fuse_dev_poll()).
bool isConnected(int device) {
  pollfd state{device, 0, 0};
  return device >= 0 && ::poll(&state, 1, 0) == 0;
}

}  // namespace

bool abortConnection(std::uint32_t connection, int device) {
  const std::string path = "/sys/fs/fuse/connections/" + std::to_string(connection) + "/abort";
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  // The number of a connection that is over is given to the next one. While ours is alive it is
  // ours, and so is the file opened before; that file never becomes another connection's.
  if (!file || !isConnected(device)) return false;
  ssize_t written = 0;
  do {
    written = ::write(file.get(), "1", 1);
  } while (written < 0 && errno == EINTR);
  return written == 1;
}

}  // namespace fuseloop::mount
