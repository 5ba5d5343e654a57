// One request on its way through an in-process connection's lists (fs/fuse/fuse_i.h struct
// fuse_req). Requests live in nodes of std::list that move from list to list: no request is copied,
// and an iterator stays good until the request is finished.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <vector>

#include "device/fuse-wire.hpp"
#include "device/queue-load.hpp"

namespace fuseloop::device {

/** How a request enters the lists; SendKind of connection-driver.ts. */
enum class SendKind : uint32_t {
  kForeground = 0,
  /** No more than max_background of them are with the daemon. */
  kBackground = 1,
  /** Nobody waits and nothing answers: NOTIFY_REPLY. */
  kNoReply = 2,
  /** Waits for no INIT, and no signal takes it out of pending (FR_FORCE). */
  kForced = 3,
};

/** Lengths of a successful reply's body that are taken, in bytes. */
struct ReplyBounds {
  uint32_t least;
  uint32_t most;
};

enum class RequestPlace : uint8_t { kBeforeInit, kBackground, kPending, kProcessing };

struct QueueRequest {
  /** 0 for those of a load. */
  uint64_t token;
  SendKind kind;
  ReplyBounds bounds;
  std::vector<uint8_t> message;
  std::shared_ptr<QueueLoad> load;
  RequestPlace place = RequestPlace::kBeforeInit;
  /** Whose processing list it is on. */
  uint32_t handle = 0;
  /** Among all requests that were read. */
  uint64_t readIndex = 0;
  /** The client got a signal (FR_INTERRUPTED). */
  bool isInterrupted = false;
  /** On the list of interrupts. */
  bool hasInterruptQueued = false;
  /** Counts among the active background requests. */
  bool isActiveBackground = false;

  uint64_t unique() const { return loadWire<uint64_t>(message.data(), offsetof(InHeader, unique)); }
  void setUnique(uint64_t unique) {
    std::memcpy(message.data() + offsetof(InHeader, unique), &unique, sizeof unique);
  }
  uint32_t opcode() const { return loadWire<uint32_t>(message.data(), offsetof(InHeader, opcode)); }
  bool expectsReply() const { return kind != SendKind::kNoReply; }
};

using RequestList = std::list<QueueRequest>;
using RequestRef = RequestList::iterator;

}  // namespace fuseloop::device
