// The few parts of the FUSE wire format that native threads read and write themselves
// (include/uapi/linux/fuse.h); everything else is decoded by TypeScript.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace fuseloop::device {

struct InHeader {
  uint32_t length;
  uint32_t opcode;
  uint64_t unique;
  uint64_t nodeid;
  uint32_t uid;
  uint32_t gid;
  uint32_t pid;
  uint16_t extensionLength;
  uint16_t padding;
};
static_assert(sizeof(InHeader) == 40);

struct OutHeader {
  uint32_t length;
  int32_t error;
  uint64_t unique;
};
static_assert(sizeof(OutHeader) == 16);

struct ForgetOne {
  uint64_t nodeid;
  uint64_t count;
};
static_assert(sizeof(ForgetOne) == 16);

constexpr uint32_t kOpForget = 2;
constexpr uint32_t kOpSetattr = 4;
constexpr uint32_t kOpOpen = 14;
constexpr uint32_t kOpWrite = 16;
constexpr uint32_t kOpRelease = 18;
constexpr uint32_t kOpFsync = 20;
constexpr uint32_t kOpFlush = 25;
constexpr uint32_t kOpInit = 26;
constexpr uint32_t kOpOpenDir = 27;
constexpr uint32_t kOpReleaseDir = 29;
constexpr uint32_t kOpSetlkw = 33;
constexpr uint32_t kOpCreate = 35;
constexpr uint32_t kOpInterrupt = 36;
constexpr uint32_t kOpDestroy = 38;
constexpr uint32_t kOpNotifyReply = 41;
constexpr uint32_t kOpBatchForget = 42;
constexpr uint32_t kOpFallocate = 43;
constexpr uint32_t kOpCopyFileRange = 47;
constexpr uint32_t kOpTmpfile = 51;
constexpr uint32_t kOpCopyFileRange64 = 53;
constexpr uint32_t kOpcodes = 64;
constexpr uint32_t kFlagHasResend = 39;
/** Set in the unique of a request that the kernel has sent again (FUSE_UNIQUE_RESEND). */
constexpr uint64_t kResent = uint64_t{1} << 63;

/** A plain struct at a byte offset of a message, however aligned. */
template <typename T>
T loadWire(const uint8_t* message, size_t offset) {
  T value;
  std::memcpy(&value, message + offset, sizeof value);
  return value;
}

}  // namespace fuseloop::device
