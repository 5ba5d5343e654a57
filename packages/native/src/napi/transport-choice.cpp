#include "napi/transport-choice.hpp"

#include <cerrno>

#include "base/system-error.hpp"
#include "device/ring-transport.hpp"
#include "direct/direct-transport.hpp"

namespace fuseloop::napi {

namespace {

std::string whyNoUring(const base::SystemError& error) {
  switch (error.errnum) {
    case ENOSYS:
      return "this kernel has no io_uring";
    case EPERM:
      return "io_uring is not allowed here (sysctl kernel.io_uring_disabled, or a seccomp filter)";
    case EOPNOTSUPP:
      return "it is turned off: echo Y > /sys/module/fuse/parameters/enable_uring";
    case ERANGE:
      return "a mount has too few slots for the CPUs that this machine may have";
    default:
      return error.what();
  }
}

}  // namespace

std::string chooseTransport(device::Session& session, const std::string& name,
                            const uring::UringOptions& options) {
  if (name == "ring") {
    session.useTransport(std::make_unique<device::RingTransport>(session.ring(), session.bells()));
    return {};
  }
  if (name == "direct") {
    session.useTransport(std::make_unique<direct::DirectTransport>(session.ring()));
    return {};
  }
  const int device = session.device().fuseFd();
  if (device < 0) return "only a kernel's device has it";
  try {
    session.useTransport(std::make_unique<uring::UringTransport>(session.ring(), device, options));
    return {};
  } catch (const base::SystemError& error) {
    return whyNoUring(error);
  }
}

std::string transportFailure(device::Session& session) {
  const int failure = session.transport().failure();
  if (failure == 0) return {};
  return base::SystemError(failure, "FUSE_IO_URING_CMD_REGISTER", "/dev/fuse").what();
}

}  // namespace fuseloop::napi
