// What the kernel makes of the answer to INIT (fs/fuse/inode.c process_init_reply()), as far as the
// device half needs it.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace fuseloop::device {

/** FUSE_DEFAULT_MAX_BACKGROUND. */
constexpr uint32_t kDefaultBackground = 12;
constexpr uint32_t kInitOutLength = 64;

struct InitAnswer {
  uint32_t minor;
  uint32_t maxBackground;
  uint32_t maxWrite;
  /** Reads end with ECONNABORTED after an abort by the control file. */
  bool abortError;
};

/** Nothing where the answer is refused: each later request is ECONNREFUSED. */
std::optional<InitAnswer> readInitReply(std::span<const uint8_t> body);

}  // namespace fuseloop::device
