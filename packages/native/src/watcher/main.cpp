// fuseloop-mount-watcher: unmounts what a killed daemon leaves behind. Its stdin is a pipe that the
// daemon holds; an order comes on it (mount/watch-order.hpp), and its end is the daemon's. A daemon
// that has unmounted by itself ends it in the same way: then there is nothing to do.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <string>

#include "mount/unmount.hpp"
#include "mount/watch-order.hpp"

namespace {

using namespace fuseloop::mount;

// So that neither a Ctrl-C for the daemon ends it, nor it holds open what the daemon had open, or a
// directory busy.
void standAlone() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  // Fails for who leads a session already.
  static_cast<void>(::setsid());
  // Linux 5.9; before that, what the daemon has open is close-on-exec anyway.
  ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
  if (::chdir("/") != 0) ::_exit(1);
}

// Everything until the end.
std::string readAll(int descriptor) {
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t length = ::read(descriptor, chunk.data(), chunk.size());
    if (length > 0) text.append(chunk.data(), static_cast<std::size_t>(length));
    if (length == 0 || (length < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

int main() {
  standAlone();
  const auto order = parseWatchOrder(readAll(STDIN_FILENO));
  if (!order) return 0;
  try {
    unmountFuse(order->identity, order->mountpoint, true, order->way);
    return 0;
  } catch (const std::exception&) {
    return 1;
  }
}
