// What stress tests need of a session that TypeScript otherwise does: the ring's memory
// (ring/lay-out-ring.hpp), and the answer to INIT.

#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "device/init-reply.hpp"
#include "device/session.hpp"
#include "ring/lay-out-ring.hpp"

namespace fuseloop::test {

/** Answers INIT as TypeScript does. */
inline void initialize(device::Session& session) {
  const std::vector<uint8_t> init = session.readFirst(1000);
  std::vector<uint8_t> reply(sizeof(device::OutHeader) + device::kInitOutLength);
  const device::OutHeader header{static_cast<uint32_t>(reply.size()), 0,
                                 device::loadWire<uint64_t>(init.data(), 8)};
  const std::array<uint32_t, 2> version{7, 31};
  std::memcpy(reply.data(), &header, sizeof header);
  std::memcpy(reply.data() + sizeof header, version.data(), sizeof version);
  session.writeReply(reply);
}

}  // namespace fuseloop::test
