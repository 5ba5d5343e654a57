// One open handle of an in-process connection.

#pragma once

#include <cerrno>
#include <memory>

#include "device/device-endpoint.hpp"
#include "device/queue-connection.hpp"

namespace fuseloop::device {

class QueueHandle final : public DeviceEndpoint {
 public:
  QueueHandle(std::shared_ptr<QueueConnection> connection, uint32_t id)
      : connection_(std::move(connection)), id_(id) {}
  ~QueueHandle() override { connection_->closeHandle(id_); }

  /** Tells handles apart in events, from 1. */
  uint32_t id() const { return id_; }
  ssize_t read(std::span<uint8_t> target) override { return connection_->read(id_, target); }
  ssize_t writev(std::span<const iovec> pieces) override {
    return connection_->writev(id_, pieces);
  }
  int pollFd() const override { return connection_->pollFd(); }
  int ioctl(unsigned long, void*) override { return -ENOTTY; }
  void close() override { connection_->closeHandle(id_); }

 private:
  const std::shared_ptr<QueueConnection> connection_;
  const uint32_t id_;
};

}  // namespace fuseloop::device
