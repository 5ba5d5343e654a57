// What wakes workers: each has an eventfd, its bell, which its event loop watches. A worker that is
// between two requests waits for its word in the shared memory, where it is let, which costs half
// as much.

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

#include "base/event-fd.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class WorkerBells {
 public:
  explicit WorkerBells(ring::RequestRing& ring) : ring_(ring), bells_(ring.workerCount()) {}

  int fd(uint32_t worker) const { return bells_[worker].fd(); }
  /** For whoever is to look at its event loop. */
  void ring(uint32_t worker) const;
  void ringAll() const;
  void silence(uint32_t worker) const { bells_[worker].drain(); }
  /** When no worker has a seat, nor will have one. */
  void close();

  /** Wakes the worker if it sleeps. */
  bool wake(uint32_t worker) const;
  /** For one more slot in the shared queues: wakes a worker, unless others come for it soon. */
  void wakeOne() const;
  /** Wakes one sleeping worker, the lowest index first so that few stay warm. */
  void wakeAnother() const;

  /**
   * By a worker that has announced its sleep: waits without its event loop. True: it was woken.
   * False: the event loop is to have its turn; the sleep stays announced.
   */
  bool waitOnWord(uint32_t worker) const;
  /** From now on; by who calls them back soon enough. */
  void allowWords() { areWordsAllowed_.store(true, std::memory_order_seq_cst); }
  /** Nobody waits for its word after that: who does goes to its event loop. */
  void forbidWords();

 private:
  bool comeSoon() const;
  /** What stands in the word goes on to `rest::kCalled` if the worker sleeps. */
  void call(uint32_t worker) const;
  void wakeWord(uint32_t worker) const;

  ring::RequestRing& ring_;
  std::deque<base::EventFd> bells_;
  std::atomic<bool> areWordsAllowed_{false};
};

}  // namespace fuseloop::device
