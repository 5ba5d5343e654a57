// The device as reader and workers see it: /dev/fuse in production, an in-process queue in tests.
// Calls return what the kernel returns, a byte count or a negative errno, and never throw.

#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>

namespace fuseloop::device {

class DeviceEndpoint {
 public:
  virtual ~DeviceEndpoint() = default;
  DeviceEndpoint() = default;
  DeviceEndpoint(const DeviceEndpoint&) = delete;
  DeviceEndpoint& operator=(const DeviceEndpoint&) = delete;

  /** One whole request, without waiting: -EAGAIN when none is pending. */
  virtual ssize_t read(std::span<uint8_t> target) = 0;
  /** One whole reply or notification. */
  virtual ssize_t writev(std::span<const iovec> pieces) = 0;
  /** A descriptor that poll(2) reports readable while a request is pending, and in error after the
   * end. */
  virtual int pollFd() const = 0;
  /** /dev/fuse itself, for io_uring; -1 of anything else. */
  virtual int fuseFd() const { return -1; }
  virtual int ioctl(unsigned long request, void* argument) = 0;
  /** Ends the connection from this side: the kernel fails what is in flight with ECONNABORTED. */
  virtual void close() = 0;
  /** Gives back what close() keeps. When nobody will use it any more. */
  virtual void release() {}
};

}  // namespace fuseloop::device
