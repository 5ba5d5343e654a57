#include "base/log-line.hpp"

#include <poll.h>
#include <unistd.h>

namespace fuseloop::base {

void writeLogLine(std::string line) {
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  // A pipe that is writable has room for a page (pipe(7)).
  if (::poll(&ready, 1, 0) <= 0 || (ready.revents & POLLOUT) == 0) return;
  line.push_back('\n');
  // What is not written is lost: there is nobody to tell.
  static_cast<void>(::write(STDERR_FILENO, line.data(), line.size()) < 0);
}

}  // namespace fuseloop::base
