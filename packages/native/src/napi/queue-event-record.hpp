// One event of an in-process connection as bytes; lib/queue-events.ts is the reading side.

#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "device/queue-event.hpp"

namespace fuseloop::napi {

struct QueueEventRecord {
  /** Of the record with its data, padded to 8 bytes. */
  uint32_t length;
  uint32_t kind;
  double token;
  uint64_t unique;
  uint32_t handle;
  int32_t error;
  int32_t result;
  uint32_t byteLength;
  uint32_t dataLength;
  uint32_t padding;
};
static_assert(sizeof(QueueEventRecord) == 48);

inline void appendEvent(std::vector<uint8_t>& batch, const device::QueueEvent& event) {
  size_t length = (sizeof(QueueEventRecord) + event.data.size() + 7) & ~size_t{7};
  QueueEventRecord record{static_cast<uint32_t>(length),
                          static_cast<uint32_t>(event.kind),
                          static_cast<double>(event.token),
                          event.unique,
                          event.handle,
                          event.error,
                          event.result,
                          event.byteLength,
                          static_cast<uint32_t>(event.data.size()),
                          0};
  size_t offset = batch.size();
  batch.resize(offset + length);
  std::memcpy(batch.data() + offset, &record, sizeof record);
  if (event.data.empty()) return;
  std::memcpy(batch.data() + offset + sizeof record, event.data.data(), event.data.size());
}

}  // namespace fuseloop::napi
