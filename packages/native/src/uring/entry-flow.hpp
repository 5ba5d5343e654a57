// The way of what entries bring: from the kernel into a slot, to who serves it, and its answer to
// the entry, which is the kernel's again then (EntryExchange).

#pragma once

#include <cstdint>
#include <memory>

#include "device/fuse-wire.hpp"
#include "device/handler-habits.hpp"
#include "device/request-filing.hpp"
#include "device/transport-parts.hpp"
#include "uring/entry-exchange.hpp"
#include "uring/parked-entries.hpp"

namespace fuseloop::uring {

class EntryFlow {
 public:
  explicit EntryFlow(ring::RequestRing& ring);

  void start(const device::TransportParts& parts);
  bool hasStarted() const { return parts_ != nullptr; }
  device::HandlerHabits& habits() { return habits_; }
  EntryExchange& exchange() { return exchange_; }
  const EntryExchange& exchange() const { return exchange_; }
  EntryTable& entries() { return exchange_.entries(); }
  const EntryTable& entries() const { return exchange_.entries(); }

  /** As those of what the exchange has. */
  WorkerRing* ownRing(uint32_t worker) { return exchange_.rings().own(worker); }
  void ringBell(uint32_t worker) { parts_->bells.ring(worker); }
  void arm(WorkerRing& ring, uint32_t owner, uint32_t index) { exchange_.arm(ring, owner, index); }
  void watch(WorkerRing& ring, uint32_t owner) { exchange_.watch(ring, owner); }

  /**
   * An entry is back from the kernel: the slot that has its request, claimed for the worker, or -1
   * when there is nothing for it to do.
   * @param worker whose thread this is; kNoWorker puts requests into the shared queues
   */
  int32_t arrive(const IoUring::Completion& completion, uint32_t worker);

  /** The kernel is done with the ring on which an entry was armed: what it has brought is served,
   * else it is free. */
  void recover(uint32_t index);

  void answer(uint32_t worker, uint32_t slot, const device::Reply& reply);
  bool mayPark(uint32_t slot);
  bool answerParked(uint64_t unique, int32_t error);
  bool park(uint32_t slot, uint64_t unique, uint32_t worker);
  void release(uint32_t slot, uint32_t worker);

 private:
  int32_t receive(uint32_t index, uint32_t worker);
  bool answeredHere(uint32_t index, const device::InHeader& request, size_t length,
                    uint32_t worker);
  uint32_t slotFor(uint32_t index, uint32_t opcode, uint32_t worker);
  void awaitAnswer(uint32_t slot, bool isInPlace);

  ring::RequestRing& ring_;
  EntryExchange exchange_;
  device::HandlerHabits habits_;
  ParkedEntries parked_;
  std::unique_ptr<const device::TransportParts> parts_;
  std::unique_ptr<device::RequestFiling> filing_;
};

}  // namespace fuseloop::uring
