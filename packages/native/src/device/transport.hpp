// How requests come to workers, and answers leave them, besides the queues that the reader fills
// and the device that it reads: not at all (`ring`, this class), from the device itself, or by
// io_uring. Rule: workers call with their own number on their own thread; everybody else with
// kNoWorker.

#pragma once

#include <cstdint>
#include <span>

#include "ring/request-ring.hpp"

namespace fuseloop::device {

/** Says that a caller is not a worker's thread. */
constexpr uint32_t kNoWorker = UINT32_MAX;

/** What a request is answered with: of an error nothing but its number. */
struct Reply {
  uint64_t unique;
  /** 0 or a negative errno. */
  int32_t error;
  std::span<const uint8_t> body;
  std::span<const uint8_t> payload;
};

struct TransportParts;

class Transport {
 public:
  explicit Transport(ring::RequestRing& ring) : ring_(ring) {}
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /** The session serves from now on. Before any worker opens. */
  virtual void start(const TransportParts&) {}
  /** The device has ended, or the session is over; threads of its own are joined. Idempotent. */
  virtual void stop() {}

  /** Called until it gives the descriptor that the worker's loop is to watch besides its bell; -1:
   * not yet, or none. */
  virtual int open(uint32_t) { return -1; }
  /** The worker's end is certain; its thread may still run. Any thread. */
  virtual void lose(uint32_t) {}
  /** Frees what `open` made; after it nothing comes to this worker. */
  virtual void close(uint32_t) {}
  /** A slot that the worker has claimed, or -1. */
  virtual int32_t take(uint32_t) { return -1; }
  /** Whether `linger` ever waits: only then it is asked how long it may. */
  virtual bool canLinger() const { return false; }
  /** Until when, CLOCK_MONOTONIC nanoseconds, `linger` may begin to keep the worker's thread from
   * its event loop; each time for 10 ms at most. */
  virtual void mayLinger(uint32_t, uint64_t) {}
  /** Nothing is there to take, and no handler is at work: sends what was held back, and waits for
   * more. True: look again. False: the event loop is to have its turn. */
  virtual bool linger(uint32_t) { return false; }
  /** Sends what was held back to be sent together. True: more is there to take. */
  virtual bool flush(uint32_t) { return false; }
  /** The worker's event loop is about to wait. */
  virtual void beforeWait(uint32_t) {}

  /** Whether the request in a slot came this way, and its answer goes this way. */
  virtual bool carries(uint32_t) const { return false; }
  /** Answers a request that it carries; by whoever has taken the slot's unique. */
  virtual void answer(uint32_t, uint32_t, const Reply&) {}
  /** Answers a request that was parked; false: it did not come this way. */
  virtual bool answerParked(uint64_t, int32_t) { return false; }
  /** Whether one more request may wait for a lock; ENOLCK otherwise. */
  virtual bool mayPark(uint32_t) { return true; }
  /**
   * The request in a worker's slot waits elsewhere for its answer, given by answerParked(), from
   * any thread and at any time from now on. False: the slot is none of the worker's any more.
   */
  virtual bool park(uint32_t, uint32_t, uint64_t) { return true; }
  /** A handler of an opcode took so many nanoseconds, from the request's arrival to its answer, and
   * was given, or gave, so many bytes. */
  virtual void tookTime(uint32_t, uint64_t, uint32_t) {}
  /** Whether handlers of an opcode are so prompt that whoever serves one may serve the next ones,
   * too. */
  virtual bool isPrompt(uint32_t) const { return false; }
  /** After the device's end: whether what the kernel has handed over may still be on its way. */
  virtual bool mayBring() const { return false; }
  /** Nobody touches the slot any more: frees it. */
  virtual void release(uint32_t slot, uint32_t) { ring_.release(slot); }

  /** Positive errno for which requests come to the device in its place, as on `ring`; 0: they do
   * not. Any thread. */
  virtual int failure() const { return 0; }

  /**
   * For the reader, before it reads and waits: in how many ms it is to ask again, as a worker reads
   * the device in its place; -1: it reads itself.
   */
  virtual int watchedFor() { return -1; }
  /** Whether requests come another way than by the device, which then tells of little else than
   * forgotten nodes. */
  virtual bool sparesDevice() const { return false; }

 protected:
  ring::RequestRing& ring_;
};

}  // namespace fuseloop::device
