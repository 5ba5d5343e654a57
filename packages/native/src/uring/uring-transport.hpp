// The transport `uring`: the kernel puts requests straight into slots of the worker that serves the
// client's CPU, and one call answers a request and waits for the next (Linux 6.14,
// fs/fuse/dev_uring.c). /dev/fuse keeps INIT, FORGET, INTERRUPT and notifications, so the reader
// runs on.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "device/transport.hpp"
#include "uring/entry-flow.hpp"
#include "uring/ring-keeper.hpp"

namespace fuseloop::uring {

struct UringOptions {
  /** Requests that one worker may be brought at once for each CPU that it serves, at most; more
   * follow while handlers wait. */
  uint32_t entries = 16;
  /** By how much workers are preferred to other threads, in steps of nice(2). */
  int32_t priority = 1;
};

class UringTransport : public device::Transport {
 public:
  /**
   * Makes all that can fail, before INIT is answered: once the kernel is promised rings, requests
   * wait for them.
   * @param device /dev/fuse, connected. @throws base::SystemError; EOPNOTSUPP where the kernel has
   * it turned off
   */
  UringTransport(ring::RequestRing& ring, int device, const UringOptions& options);
  ~UringTransport() override;

  void start(const device::TransportParts& parts) override;
  void stop() override;
  int open(uint32_t worker) override;
  void close(uint32_t worker) override;
  int32_t take(uint32_t worker) override;
  bool canLinger() const override { return true; }
  void mayLinger(uint32_t worker, uint64_t until) override;
  bool linger(uint32_t worker) override;
  bool flush(uint32_t worker) override;
  void beforeWait(uint32_t worker) override;
  bool carries(uint32_t slot) const override { return flow_.entries().of(slot).has_value(); }
  void answer(uint32_t worker, uint32_t slot, const device::Reply& reply) override {
    flow_.answer(worker, slot, reply);
  }
  bool answerParked(uint64_t unique, int32_t error) override {
    return flow_.answerParked(unique, error);
  }
  bool mayPark(uint32_t slot) override { return flow_.mayPark(slot); }
  bool park(uint32_t worker, uint32_t slot, uint64_t unique) override {
    return flow_.park(slot, unique, worker);
  }
  void tookTime(uint32_t opcode, uint64_t nanoseconds, uint32_t bytes) override {
    flow_.habits().note(opcode, nanoseconds, bytes);
  }
  bool mayBring() const override { return flow_.exchange().mayBring(); }
  void release(uint32_t slot, uint32_t worker) override { flow_.release(slot, worker); }

  int failure() const override { return flow_.exchange().failure(); }
  bool sparesDevice() const override { return failure() == 0; }

 private:
  void tryOut();
  std::shared_ptr<WorkerRing> makeRing(uint32_t worker);
  void commitReturns(WorkerRing& ring, uint32_t worker);
  bool answersSoon(uint32_t slot);

  int device_;
  UringOptions options_;
  uint32_t cpus_;
  EntryFlow flow_;
  RingKeeper keeper_;
  /** Of each worker and queue at the start. */
  uint32_t entries_;
  std::mutex madeMutex_;
  /** Made at the start, for the first owner of each seat. */
  std::vector<std::shared_ptr<WorkerRing>> made_;
};

}  // namespace fuseloop::uring
