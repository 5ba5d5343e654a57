// /dev/fuse as a DeviceEndpoint. The descriptor is made non-blocking: reads never wait, replies
// never do anyway.

#pragma once

#include <atomic>

#include "base/unique-fd.hpp"
#include "device/device-endpoint.hpp"

namespace fuseloop::device {

class FuseDevice final : public DeviceEndpoint {
 public:
  /** Takes a mounted /dev/fuse descriptor. @throws SystemError */
  explicit FuseDevice(base::UniqueFd fd);

  ssize_t read(std::span<uint8_t> target) override;
  ssize_t writev(std::span<const iovec> pieces) override;
  int pollFd() const override { return fd_.get(); }
  int fuseFd() const override { return fd_.get(); }
  int ioctl(unsigned long request, void* argument) override;
  void close() override;
  void release() override { fd_.reset(); }

 private:
  base::UniqueFd fd_;
  std::atomic<bool> closed_{false};
};

}  // namespace fuseloop::device
