// The seats on which worker threads serve a session. A thread takes a free seat, loses it when its
// end is certain (nothing is sent to it any more, its requests are answered), and leaves it when
// none of its code runs any more: only then the memory that its requests were lent is free.

#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "device/request-routing.hpp"
#include "device/worker-bells.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class WorkerSeats {
 public:
  WorkerSeats(ring::RequestRing& ring, WorkerBells& bells) : ring_(ring), bells_(bells) {}

  /** For the calling thread; returns the seat's generation, from 1. @throws std::invalid_argument
   * when the seat is taken */
  uint32_t take(uint32_t worker);
  /** `answer` is called once nothing can be sent to the worker any more, unless that was so before.
   */
  void lose(uint32_t worker, const std::function<void()>& answer);
  /** Frees the seat after `clean`, before anybody else can take it. */
  void leave(uint32_t worker, const std::function<void()>& clean);
  bool isFree(uint32_t worker);
  /** Makes a system call fail with EINTR in which the seat's thread waits, if any. */
  void interrupt(uint32_t worker);

  /** For the handle's worker itself: whether it is still the one that made it. */
  bool isSelf(const ObjectHandle& handle) const {
    const uint32_t generation =
        ring_.workerWord(handle.worker, ring::worker::kGeneration).load(std::memory_order_relaxed);
    return (generation & 0xffffff) == handle.generation;
  }
  /** Queues a slot for one worker unless that worker's incarnation has ended. */
  bool send(const ObjectHandle& handle, uint32_t slot);
  /** Since when no worker is alive, CLOCK_MONOTONIC nanoseconds; 0 while one is, and before the
   * first. */
  uint64_t orphanedSince() const { return orphanedSince_.load(std::memory_order_acquire); }

 private:
  struct Seat {
    /** Orders "is the worker alive" with sending to its own queue against losing the seat. */
    std::mutex mutex;
    bool taken = false;
    /** Of the thread that has the seat; it lives until it leaves. */
    pid_t thread = 0;
  };

  bool setAlive(uint32_t worker, bool isAlive);
  bool isAnyAlive() const;

  ring::RequestRing& ring_;
  WorkerBells& bells_;
  std::array<Seat, ring::kMaxWorkers> seats_;
  /** After a seat's: one worker may come while the last of the others goes. */
  std::mutex aliveMutex_;
  std::atomic<uint64_t> orphanedSince_{0};
};

}  // namespace fuseloop::device
