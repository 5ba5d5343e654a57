// The thread that looks after entries and rings where no worker can: it commits what others have
// answered, takes requests from the ring of a worker that is stuck in a handler to the shared
// queues, and settles the rings of workers that are gone. It has a ring of its own; what comes
// there goes to the shared queues too.

#pragma once

#include <poll.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "uring/entry-flow.hpp"
#include "uring/queue-probe.hpp"
#include "uring/queue-relief.hpp"

namespace fuseloop::uring {

class RingKeeper {
 public:
  /** @throws base::SystemError */
  RingKeeper(int device, EntryFlow& flow, uint32_t workers);

  /** @param files as QueueProbe takes them */
  void start(QueueProbe::Files files);
  /** Joins the threads and frees its ring: rings that are left keep the connection. Idempotent. */
  void stop();

  /** A worker's ring, which nobody finds any more, by its owner: what it has is settled when the
   * kernel is done with it.
   * @param queues that the worker served */
  void retire(uint32_t worker, std::shared_ptr<WorkerRing> ring,
              const std::vector<uint16_t>& queues);

 private:
  /** Of a worker that is gone: entries that the kernel may still fill, until `end` hangs up. */
  struct Retired {
    base::UniqueFd end;
    std::vector<uint32_t> armed;
  };
  /** Queues that lose the entries of a worker. */
  struct Adoption {
    std::vector<uint16_t> queues;
    uint32_t home;
  };
  /** What was seen of a worker's ring at the last look. */
  struct Seen {
    uint32_t taken = 0;
    bool hadWork = false;
  };

  void run(const std::stop_token& stop);
  void wait();
  void sleep(std::vector<pollfd> fds);
  void commitAll();
  void awaitAdoption(const Adoption& adoption);
  void adopt();
  bool hasEntryOf(uint16_t queue) const;
  void receive();
  void settleRetired();
  bool look();
  std::vector<std::shared_ptr<WorkerRing>> rings() const;
  bool relieveQueues();
  void add(uint16_t queue, uint32_t count);
  bool lookAt(uint32_t worker, WorkerRing& ring);
  void relieve(WorkerRing& ring);

  EntryFlow& flow_;
  EntryExchange& exchange_;
  std::unique_ptr<WorkerRing> own_;
  KeeperPost& post_;
  QueueProbe probe_;
  QueueRelief relief_;
  std::mutex mutex_;
  std::vector<Adoption> toAdopt_;
  uint64_t adoptionsAsked_ = 0;
  uint64_t adoptionsDone_ = 0;
  bool hasStopped_ = false;
  std::condition_variable adopted_;
  std::deque<Retired> newlyRetired_;
  std::list<Retired> retired_;
  std::vector<Seen> seen_;
  /** Looks at rings until this time, CLOCK_MONOTONIC nanoseconds. */
  uint64_t looksUntil_ = 0;
  std::jthread thread_;
};

}  // namespace fuseloop::uring
