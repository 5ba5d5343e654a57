// Closes that no worker serves any more: FLUSH ends the POSIX locks of its owner, RELEASE the flock
// of its description, whatever becomes of the handler that was to be told
// (dispatch/operations/lock-release.ts).

#pragma once

#include <cstdint>
#include <span>

#include "device/fuse-wire.hpp"
#include "node/lock-manager.hpp"

namespace fuseloop::device {

/** fuse_release_in.release_flags: lock_owner counts. */
constexpr uint32_t kReleaseFlockUnlock = 2;

/** @param message a whole request, of whatever kind */
inline void endLocksOf(node::LockManager& locks, std::span<const uint8_t> message) {
  // Both structs: fh, a word of flags or padding each, lock_owner at 16.
  constexpr size_t kBody = sizeof(InHeader);
  if (message.size() < kBody + 24) return;
  auto header = loadWire<InHeader>(message.data(), 0);
  auto owner = loadWire<uint64_t>(message.data(), kBody + 16);
  auto flags = loadWire<uint32_t>(message.data(), kBody + 12);
  if (header.opcode == kOpFlush)
    locks.release(header.nodeid, node::LockKind::kPosix, owner);
  else if (header.opcode == kOpRelease && (flags & kReleaseFlockUnlock) != 0)
    locks.release(header.nodeid, node::LockKind::kFlock, owner);
}

}  // namespace fuseloop::device
