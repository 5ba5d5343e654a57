// A ring of any number of slots: each can be armed once, filled, queued and taken, on each queue.

#include "ring/request-ring.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "mount/check.hpp"
#include "ring/lay-out-ring.hpp"

namespace {

using namespace fuseloop;
using test::check;

constexpr uint32_t kWorkers = 2;

std::vector<uint8_t> laidOut(uint32_t slots) {
  std::vector<uint8_t> memory(ring::slotsOffset(kWorkers) + slots * ring::kPageSize);
  test::layOutRing(memory, kWorkers, slots, 0);
  return memory;
}

bool armsAll(ring::RequestRing& ring, uint32_t slots) {
  for (uint32_t slot = 0; slot < slots; ++slot) {
    if (ring.freeSlots() != slots - slot || ring.arm() != static_cast<int32_t>(slot)) return false;
  }
  return ring.freeSlots() == 0 && ring.arm() == -1;
}

/** From the queue comes what was put there, in its order, and no more. */
bool passesAll(ring::SlotQueue queue, uint32_t slots) {
  for (uint32_t slot = 0; slot < slots; ++slot) queue.push(slots - 1 - slot);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    if (queue.empty() || queue.pop() != static_cast<int32_t>(slots - 1 - slot)) return false;
  }
  return queue.empty() && queue.pop() == -1;
}

void holdsAllSlots(uint32_t slots) {
  const std::string each = std::to_string(slots) + " slots: ";
  std::vector<uint8_t> memory = laidOut(slots);
  ring::RequestRing ring(memory);
  check(armsAll(ring, slots), each + "each is armed once, the lowest first");
  for (uint32_t slot = 0; slot < slots; ++slot) ring.fill(slot, 15, 80, slot + 1, 0);
  bool isFound = true;
  for (uint32_t slot = 0; slot < slots; ++slot)
    isFound = isFound && ring.findUnique(slot + 1) == static_cast<int32_t>(slot);
  check(isFound, each + "each is found by its unique");
  bool arePassed = true;
  // From a start of each round's own: cells are used in a circle.
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t index = 0; index < ring::kClassCount; ++index)
      arePassed = arePassed && passesAll(ring.classQueue(index), slots);
    for (uint32_t worker = 0; worker < kWorkers; ++worker)
      arePassed = arePassed && passesAll(ring.workerQueue(worker), slots);
  }
  check(arePassed, each + "a queue takes them all");
  for (uint32_t slot = 0; slot < slots; ++slot) ring.release(slot);
  check(armsAll(ring, slots), each + "and again after their release");
}

/** Threads take slots and give them back; none is in two hands, none is lost. */
void sharesSlots() {
  constexpr uint32_t kSlots = ring::kMaxSlots;
  constexpr int kRounds = 300;
  std::vector<uint8_t> memory = laidOut(kSlots);
  ring::RequestRing ring(memory);
  std::vector<std::atomic<int>> holders(kSlots);
  std::atomic<bool> isDoubled{false};
  const auto takeAndGive = [&] {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<uint32_t> mine;
      while (mine.size() < kSlots * 2 / 3) {
        const int32_t slot = ring.arm();
        if (slot < 0) break;
        mine.push_back(static_cast<uint32_t>(slot));
        if (holders[mine.back()].fetch_add(1) != 0) isDoubled = true;
      }
      for (const uint32_t slot : mine) {
        holders[slot].fetch_sub(1);
        ring.release(slot);
      }
    }
  };
  {
    std::jthread one(takeAndGive);
    std::jthread two(takeAndGive);
  }
  check(!isDoubled, "no slot is armed by two threads at once");
  check(ring.freeSlots() == kSlots, "and all are free in the end");
}

}  // namespace

int main() {
  for (const uint32_t slots : {1u, 31u, 32u, 33u, 256u, 257u, ring::kMaxSlots})
    holdsAllSlots(slots);
  sharesSlots();
  return test::finish();
}
