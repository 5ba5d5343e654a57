// Where everything stands in a session's shared memory; the twin of ring-layout.ts, compared by a
// test. All offsets are bytes; those of a struct count from the struct's start.

#pragma once

#include <cstddef>
#include <cstdint>

namespace fuseloop::ring {

constexpr uint32_t kMagic = 0x70614c46;
constexpr uint32_t kVersion = 6;
constexpr size_t kPageSize = 4096;
constexpr uint32_t kMaxSlots = 512;
constexpr uint32_t kMaxWorkers = 64;
constexpr size_t kWorkerBytes = 2 * kPageSize;
constexpr uint32_t kClassCount = 3;
constexpr uint32_t kRuleCount = 64;
constexpr uint32_t kMaxHeld = 1024;
constexpr size_t kMaxHeldBytes = 64 * 1024 * 1024;
constexpr uint32_t kForgottenOpcode = 42;

namespace control {
constexpr size_t kMagic = 0;
constexpr size_t kVersion = 4;
constexpr size_t kSlotCount = 8;
constexpr size_t kWorkerCount = 12;
constexpr size_t kPayloadSize = 16;
constexpr size_t kState = 20;
constexpr size_t kMinor = 24;
constexpr size_t kFlagsLow = 28;
constexpr size_t kFlagsHigh = 32;
constexpr size_t kMaxWrite = 36;
constexpr size_t kTimeoutErrno = 40;
constexpr size_t kRefusesOpens = 44;
constexpr size_t kAsyncLow = 48;
constexpr size_t kAsyncHigh = 52;
constexpr size_t kFreeBitmap = 64;
constexpr size_t kRequests = 128;
constexpr size_t kForgets = 136;
constexpr size_t kInterrupts = 144;
constexpr size_t kLateReplies = 152;
constexpr size_t kWakes = 160;
constexpr size_t kRefusedReplies = 168;
constexpr size_t kDeadlinesPassed = 176;
constexpr size_t kHeldRequests = 184;
constexpr size_t kNameChanges = 192;
constexpr size_t kQueues = 256;
constexpr size_t kTimeouts = 1024;
constexpr size_t kInterruptRules = 1280;
}  // namespace control

/** What stands in a worker's `kSleeping`. */
namespace rest {
/** It is awake. */
constexpr uint32_t kNone = 0;
/** It is in its event loop, or on its way there: its bell wakes it. */
constexpr uint32_t kInLoop = 1;
/** It waits for this word (futex(2)). */
constexpr uint32_t kOnWord = 2;
/** On its way to its event loop, whose turn it is. */
constexpr uint32_t kCalled = 3;
/** It is awake, and looks at the queues soon: what it serves takes no time. */
constexpr uint32_t kSoon = 4;
}  // namespace rest

namespace worker {
constexpr size_t kSleeping = 0;
constexpr size_t kAlive = 4;
constexpr size_t kGeneration = 8;
constexpr size_t kInterrupts = 12;
constexpr size_t kServed = 16;
constexpr size_t kElapsed = 24;
constexpr size_t kTurns = 32;
constexpr size_t kReceived = 40;
constexpr size_t kQueue = 128;
constexpr size_t kCells = kPageSize;
}  // namespace worker

namespace queue {
constexpr uint32_t kCapacity = 512;
constexpr size_t kEnqueue = 0;
constexpr size_t kDequeue = 64;
constexpr size_t kByteLength = 128;
constexpr size_t kCellSequence = 0;
constexpr size_t kCellValue = 4;
constexpr size_t kCellByteLength = 8;
}  // namespace queue

namespace slot {
constexpr size_t kState = 0;
constexpr size_t kOwner = 4;
constexpr size_t kUnique = 8;
constexpr size_t kOpcode = 16;
constexpr size_t kRequestLength = 20;
constexpr size_t kInterrupted = 24;
constexpr size_t kError = 28;
constexpr size_t kBodyLength = 32;
constexpr size_t kPayloadLength = 36;
constexpr size_t kFilledAt = 40;
constexpr size_t kUringHeader = 128;
constexpr size_t kOutHeader = 512;
constexpr size_t kBody = 528;
constexpr size_t kRequest = kPageSize - 80;
constexpr size_t kPayload = kPageSize;
}  // namespace slot

enum class SessionState : uint32_t { kNew = 0, kServing = 1, kEnded = 2, kClosing = 3 };
enum class InterruptRule : uint8_t { kSignal = 0, kIgnore = 1, kCancel = 2, kAnswer = 3 };
enum class SlotState : uint32_t { kFree = 0, kArmed = 1, kFilled = 2, kRunning = 3, kAnswered = 4 };

constexpr size_t workerPageOffset(uint32_t index) { return kPageSize + index * kWorkerBytes; }

constexpr size_t queueCellsOffset(uint32_t workers, uint32_t operationClass) {
  return workerPageOffset(workers) +
         size_t{operationClass} * queue::kCapacity * queue::kCellByteLength;
}

constexpr size_t slotsOffset(uint32_t workers) {
  constexpr size_t kCells = kClassCount * queue::kCapacity * queue::kCellByteLength;
  return workerPageOffset(workers) + (kCells + kPageSize - 1) / kPageSize * kPageSize;
}

}  // namespace fuseloop::ring
