// What poll(2) sees of an in-process connection: readable while something is pending, hung up after
// the end. A pipe and not an eventfd, because only a pipe can report the end to a thread that waits
// for nothing else, as /dev/fuse does with POLLERR (fs/fuse/dev.c fuse_dev_poll()).

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

namespace fuseloop::device {

/** All calls but `fd` need the owner's lock. */
class QueueReadiness {
 public:
  QueueReadiness() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) base::throwErrno("pipe2");
    read_.reset(fds[0]);
    write_.reset(fds[1]);
  }

  int fd() const { return read_.get(); }

  void raise() {
    if (isRaised_ || !write_) return;
    char byte = 0;
    while (::write(write_.get(), &byte, 1) < 0 && errno == EINTR) continue;
    isRaised_ = true;
  }

  void lower() {
    if (!isRaised_) return;
    char byte = 0;
    while (::read(read_.get(), &byte, 1) < 0 && errno == EINTR) continue;
    isRaised_ = false;
  }

  /** Readable and hung up from now on. */
  void end() { write_.reset(); }

 private:
  base::UniqueFd read_;
  base::UniqueFd write_;
  bool isRaised_ = false;
};

}  // namespace fuseloop::device
