// One write to a device: pieces that are one message to the kernel (fs/fuse/dev.c
// fuse_dev_do_write()).

#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

class WrittenMessage {
 public:
  explicit WrittenMessage(std::span<const iovec> pieces) : pieces_(pieces) {
    for (const iovec& piece : pieces) size_ += piece.iov_len;
    if (isWhole()) copy(0, {reinterpret_cast<uint8_t*>(&header_), sizeof header_});
  }

  size_t size() const { return size_; }
  /** Whether there is a header at all. */
  bool isWhole() const { return size_ >= sizeof(OutHeader); }
  const OutHeader& header() const { return header_; }
  size_t bodyLength() const { return size_ - sizeof(OutHeader); }

  std::vector<uint8_t> body() const {
    std::vector<uint8_t> bytes(bodyLength());
    copy(sizeof(OutHeader), bytes);
    return bytes;
  }

 private:
  /** Fills `target` with the bytes from `offset` on. */
  void copy(size_t offset, std::span<uint8_t> target) const {
    for (const iovec& piece : pieces_) {
      if (offset >= piece.iov_len) {
        offset -= piece.iov_len;
        continue;
      }
      size_t count = std::min(piece.iov_len - offset, target.size());
      if (count == 0) return;
      std::memcpy(target.data(), static_cast<const uint8_t*>(piece.iov_base) + offset, count);
      target = target.subspan(count);
      offset = 0;
    }
  }

  std::span<const iovec> pieces_;
  size_t size_ = 0;
  OutHeader header_{};
};

}  // namespace fuseloop::device
