#include "device/fuse-device.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/system-error.hpp"

namespace fuseloop::device {

FuseDevice::FuseDevice(base::UniqueFd fd) : fd_(std::move(fd)) {
  int flags = ::fcntl(fd_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK) < 0)
    base::throwErrno("fcntl", "/dev/fuse");
}

ssize_t FuseDevice::read(std::span<uint8_t> target) {
  bool hasAsked = false;
  for (;;) {
    if (closed_) return -ECONNABORTED;
    ssize_t count = ::read(fd_.get(), target.data(), target.size());
    // The device never reads as empty; /dev/null, put there by close(), does.
    if (count >= 0) return count == 0 ? -ECONNABORTED : count;
    // ENOENT: the request was aborted while it was copied out (fs/fuse/dev.c); the next one may be
    // fine.
    if (errno == EINTR || errno == ENOENT) continue;
    // Who takes a request in the moment at which the connection ends gets ECONNABORTED whatever
    // ended it (fs/fuse/dev.c fuse_dev_do_read()); the next read tells an unmount from an abort.
    if (errno != ECONNABORTED || hasAsked) return -errno;
    hasAsked = true;
  }
}

ssize_t FuseDevice::writev(std::span<const iovec> pieces) {
  for (;;) {
    ssize_t count = ::writev(fd_.get(), pieces.data(), static_cast<int>(pieces.size()));
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
  }
}

int FuseDevice::ioctl(unsigned long request, void* argument) {
  int result = ::ioctl(fd_.get(), request, argument);
  return result < 0 ? -errno : result;
}

void FuseDevice::close() {
  closed_ = true;
  // The number stays taken, by /dev/null, until the object dies: a worker may be about to write to
  // it, and must not hit whatever would get the number next. dup3(2) closes the old description
  // atomically.
  base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) ::dup3(null.get(), fd_.get(), O_CLOEXEC);
}

}  // namespace fuseloop::device
