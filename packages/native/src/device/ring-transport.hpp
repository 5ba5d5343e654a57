// `ring`: the reader brings all requests by the queues. A worker that serves one after another
// waits for the next beside its event loop, whose turns cost more than a short handler.

#pragma once

#include <array>

#include "device/handler-habits.hpp"
#include "device/transport.hpp"
#include "device/worker-bells.hpp"

namespace fuseloop::device {

class RingTransport final : public Transport {
 public:
  /** @param bells of the same session, which outlives it */
  RingTransport(ring::RequestRing& ring, const WorkerBells& bells)
      : Transport(ring), bells_(bells), habits_(ring, kSlowNs) {}

  bool canLinger() const override { return true; }
  void mayLinger(uint32_t worker, uint64_t until) override { until_[worker] = until; }
  bool linger(uint32_t worker) override;
  void tookTime(uint32_t opcode, uint64_t nanoseconds, uint32_t bytes) override {
    habits_.note(opcode, nanoseconds, bytes);
  }
  bool isPrompt(uint32_t opcode) const override { return habits_.isPrompt(opcode); }

 private:
  /** About what it costs to wake a worker on another CPU. */
  static constexpr uint64_t kSlowNs = 60'000;

  const WorkerBells& bells_;
  HandlerHabits habits_;
  /** Of the worker's own thread. */
  std::array<uint64_t, ring::kMaxWorkers> until_{};
};

}  // namespace fuseloop::device
