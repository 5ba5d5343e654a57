// `direct`: one worker reads the device itself, straight into a slot, and serves what it has read,
// so that a request crosses no thread. While it does, the others sleep; when requests wait for it,
// the reader reads for all of them, as with `ring`. Measured: one thread that stays awake serves
// more short requests than several that have to be woken.

#pragma once

#include <array>
#include <optional>

#include "base/thread-effort.hpp"
#include "device/node-forgets.hpp"
#include "device/transport-parts.hpp"
#include "device/transport.hpp"
#include "direct/reading-role.hpp"

namespace fuseloop::direct {

class DirectTransport final : public device::Transport {
 public:
  explicit DirectTransport(ring::RequestRing& ring) : Transport(ring) {}

  void start(const device::TransportParts& parts) override;
  int open(uint32_t worker) override;
  void close(uint32_t worker) override;
  void lose(uint32_t worker) override { role_.lose(worker); }
  int32_t take(uint32_t worker) override;
  void beforeWait(uint32_t worker) override { seats_[worker].servedSince = 0; }
  int watchedFor() override { return role_.watchedFor(); }

 private:
  using Message = std::span<const uint8_t>;

  /** Only its worker's thread touches it. */
  struct alignas(64) Seat {
    /** A slot to read into, or -1. */
    int32_t armed = -1;
    /** When the last request was given to a handler; 0: that has been looked at. */
    uint64_t servedSince = 0;
    /** So many handlers' effort is looked at: one of late has taken long. */
    uint32_t watched = 0;
    /** When the last request was given to a handler, if it is looked at. */
    std::optional<base::ThreadEffort> begun;
    /** Of requests that waited for long ones, against those that did not. */
    uint32_t waits = 0;
    /** So many slots may be taken before it is looked how many are free. */
    uint32_t room = 0;
  };

  bool leads(uint32_t worker);
  bool hasRoom(Seat& seat);
  bool isContended(Seat& seat, uint64_t served) const;
  std::span<uint8_t> target(uint32_t slot) const;
  bool isForHandlers(Message message);
  int32_t accept(uint32_t worker, Message message, uint64_t readAt);
  void noteInterrupts(uint64_t unique);

  struct Working {
    explicit Working(const device::TransportParts& given);

    device::TransportParts parts;
    device::RequestFiling filing;
    device::NodeForgets forgets;
  };

  /** Since start(). */
  std::optional<Working> working_;
  ReadingRole role_;
  std::array<Seat, ring::kMaxWorkers> seats_;
};

}  // namespace fuseloop::direct
