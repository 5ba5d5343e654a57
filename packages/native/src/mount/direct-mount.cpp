// mount(2) of a fresh /dev/fuse handle; a handle serves one connection for life, so it is never
// reused. mount(2) returns before INIT is answered, hence the thread calling it need not be served
// by another.
#include "mount/direct-mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/system-error.hpp"
#include "mount/mount-options.hpp"

namespace fuseloop::mount {

namespace {

constexpr const char* kDevice = "/dev/fuse";

base::UniqueFd openDevice() {
  base::UniqueFd device(::open(kDevice, O_RDWR | O_CLOEXEC));
  if (device) return device;
  if (errno == ENOENT || errno == ENODEV || errno == ENXIO) {
    throw base::SystemError(errno, "open", kDevice, "the kernel's fuse module is not loaded");
  }
  base::throwErrno("open", kDevice);
}

std::string explain(int errnum) {
  if (errnum == ENODEV) return "the kernel does not know the file system type fuse";
  if (errnum == EINVAL) return "a mount option was refused by the kernel";
  return {};
}

}  // namespace

base::UniqueFd mountDirectly(const MountRequest& request, const std::string& mountpoint,
                             mode_t rootMode) {
  base::UniqueFd device = openDevice();
  const std::string data =
      kernelData(request, device.get(), rootMode & S_IFMT, ::getuid(), ::getgid());
  if (::mount(mountSource(request).c_str(), mountpoint.c_str(), mountType(request).c_str(),
              mountFlags(request), data.c_str()) != 0) {
    const int errnum = errno;
    throw base::SystemError(errnum, "mount", mountpoint, explain(errnum));
  }
  return device;
}

}  // namespace fuseloop::mount
