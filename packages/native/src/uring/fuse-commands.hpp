// FUSE over io_uring as the kernel defines it (include/uapi/linux/fuse.h, protocol 7.42;
// fs/fuse/dev_uring.c): the header of an entry, and the two commands.

#pragma once

#include <linux/io_uring.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "device/fuse-wire.hpp"

namespace fuseloop::uring {

/** struct fuse_uring_req_header: in it the kernel writes a request, but for its payload, and reads
 * the reply's head. */
namespace header {
/** fuse_in_header; of a reply, fuse_out_header. */
constexpr size_t kInOut = 0;
/** The opcode's fixed struct, at most 128 bytes. Of a reply nothing stands here. */
constexpr size_t kStruct = 128;
constexpr size_t kStructMost = 128;
/** Names the request in the command that answers it; 64 bits. */
constexpr size_t kCommitId = 264;
/** Bytes in the payload buffer; of a reply too. 32 bits. */
constexpr size_t kPayloadSize = 272;
constexpr size_t kLength = 288;
}  // namespace header

/** struct fuse_uring_cmd_req, in the second half of a submission. */
struct CommandRequest {
  uint64_t flags;
  uint64_t commitId;
  uint16_t queue;
  uint8_t padding[6];
};
static_assert(sizeof(CommandRequest) == 24);
/** Where a submission of 128 bytes has room for a command's own (io_uring_sqe.cmd). */
constexpr size_t kRequestOffset = 48;

/** enum fuse_uring_cmd */
constexpr uint32_t kRegister = 1;
constexpr uint32_t kCommitAndFetch = 2;

/** Index of /dev/fuse among a ring's registered files. */
constexpr int kDeviceFile = 0;

/** `user_data` of the submission that watches the owner's bell; those of entries are slots. */
constexpr uint64_t kBell = uint64_t{1} << 32;

inline void fillCommand(io_uring_sqe& submission, uint32_t command, uint64_t data,
                        const CommandRequest& request) {
  submission.opcode = IORING_OP_URING_CMD;
  submission.flags = IOSQE_FIXED_FILE;
  submission.fd = kDeviceFile;
  submission.cmd_op = command;
  submission.user_data = data;
  std::memcpy(reinterpret_cast<std::byte*>(&submission) + kRequestOffset, &request, sizeof request);
}

/** @param buffers header and payload; read while the command is submitted */
inline void fillRegister(io_uring_sqe& submission, uint64_t data, uint16_t queue,
                         const iovec* buffers) {
  fillCommand(submission, kRegister, data, {0, 0, queue, {}});
  submission.addr = reinterpret_cast<uint64_t>(buffers);
  submission.len = 2;
}

inline void fillCommit(io_uring_sqe& submission, uint64_t data, uint16_t queue, uint64_t commitId) {
  fillCommand(submission, kCommitAndFetch, data, {0, commitId, queue, {}});
}

}  // namespace fuseloop::uring
