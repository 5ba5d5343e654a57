// Entries without a kernel: how many there may be, which may be kept by a wait for a lock, and what
// is told of those that the kernel refuses.

#include "uring/entry-exchange.hpp"

#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

#include "mount/check.hpp"
#include "uring/exchange-bench.hpp"
#include "uring/parked-entries.hpp"
#include "uring/queue-plan.hpp"

namespace {

using namespace fuseloop;
using device::kNoWorker;
using test::check;

using test::Bench;
using test::kSlots;

void leavesSlotsToRequests() {
  Bench bench;
  uring::EntryTable& entries = bench.exchange.entries();
  check(entries.most() == 244, "244 entries of 512 slots");
  while (entries.hasRoom()) entries.add(0, kNoWorker);
  check(entries.count() == entries.most(), "so many may be added");
  check(bench.ring.freeSlots() - uring::EntryTable::kSlotsForOthers >= entries.count(),
        "each leaves a slot to what it brings, and some are left for others");
  check(entries.add(1, kNoWorker) >= 0, "a queue that has none gets one beyond that");

  Bench late;
  for (uint32_t slot = 0; slot < kSlots - uring::EntryTable::kSlotsForOthers; ++slot)
    late.ring.arm();
  check(!late.exchange.entries().hasRoom(), "late handlers keep slots, and others need the rest");
}

void leavesEntriesToOthers() {
  Bench bench;
  const uint32_t one = bench.addTaken(0);
  for (int more = 0; more < 7; ++more) bench.addTaken(0);
  check(bench.exchange.canSpare(one), "while more may follow a wait may keep any");
  while (bench.exchange.entries().hasRoom()) bench.exchange.entries().add(1, kNoWorker);
  int parked = 0;
  while (bench.exchange.canSpare(one)) {
    bench.exchange.loads().park(0);
    ++parked;
  }
  check(parked == 4, "then half of these eight, so that who ends the wait is served");
  bench.exchange.loads().unpark(0);
  check(bench.exchange.canSpare(one), "and one more when one has ended");

  uring::ParkedEntries waits(2);
  waits.put(10, 1);
  waits.put(20, 2);
  check(!waits.hasRoom() && waits.take(20) == 2u && !waits.take(20) && waits.hasRoom(),
        "waits have an end of their own, and each is taken out once");
}

void tellsRefusals() {
  Bench bench;
  uring::EntryExchange& exchange = bench.exchange;
  const uint32_t queues = uring::possibleCpus();
  for (uint32_t queue = 0; queue < queues; ++queue) bench.addTaken(static_cast<uint16_t>(queue));
  const auto refuse = [&](int32_t result) {
    const auto index = static_cast<uint32_t>(exchange.entries().add(0, kNoWorker));
    exchange.loads().arm(0, false);
    exchange.takeBack(index);
    exchange.lost(index, result, kNoWorker);
  };
  const uint32_t before = exchange.entries().count();
  refuse(-ENOMEM);
  check(exchange.entries().count() == before, "what the kernel refuses is no entry any more");
  check(exchange.failure() == 0, "it is no failure while each queue has others");

  Bench none;
  const auto index = static_cast<uint32_t>(none.exchange.entries().add(0, kNoWorker));
  none.exchange.loads().arm(0, false);
  none.exchange.takeBack(index);
  check(none.exchange.failure() == 0, "nor before anything was refused");
  none.exchange.lost(index, -ENOMEM, kNoWorker);
  check(none.exchange.failure() == ENOMEM, "a queue without any is one, and is told");

  Bench ended;
  const auto last = static_cast<uint32_t>(ended.exchange.entries().add(0, kNoWorker));
  ended.exchange.loads().arm(0, false);
  ended.exchange.takeBack(last);
  ended.exchange.lost(last, -ENOTCONN, kNoWorker);
  check(ended.exchange.failure() == 0, "the end of the connection is no refusal");
}

/** Something else than /dev/fuse: the kernel refuses the entry, which is all the same here. */
void knowsWhatTheKernelHas() {
  Bench bench;
  const base::UniqueFd device(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::shared_ptr<uring::WorkerRing> ring;
  try {
    ring = std::make_shared<uring::WorkerRing>(device.get());
  } catch (const base::SystemError&) {
    // No io_uring for this process.
    return;
  }
  uring::EntryExchange& exchange = bench.exchange;
  exchange.rings().set(0, ring);
  check(exchange.hasSubmittedRegistrations(), "nothing was registered");
  for (int round = 0; round < 3; ++round) {
    exchange.add(*ring, 0, 0, 0);
    check(!exchange.hasSubmittedRegistrations(), "it is with its worker");
    ring->io().submit();
    check(exchange.hasSubmittedRegistrations(), "the kernel has it");
    ring->io().prepare();
    ring->io().publish();
    check(exchange.hasSubmittedRegistrations(), "what else is to be submitted does not matter");
  }
  check(exchange.loads().registrations(0) == 3, "each is counted");
}

}  // namespace

int main() {
  leavesSlotsToRequests();
  leavesEntriesToOthers();
  tellsRefusals();
  knowsWhatTheKernelHas();
  return test::finish();
}
