// Requests that wait in the kernel although they need not. A request that finds no entry of its
// CPU's queue idle waits in a list, and only an entry that is committed takes the next one from
// there; one that is registered does not look (fs/fuse/dev_uring.c fuse_uring_commit_fetch(),
// fuse_uring_do_register()). So where handlers wait, and keep their entries, those that were
// registered later may be idle while requests wait. Nobody can see whether that is so. But what is
// sent to such a queue by ourselves (QueueProbe) is brought by an idle entry, and its commit takes
// the next one: as many of these as entries were registered leave none to wait. And a queue whose
// entries are all kept gets more.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "uring/entry-exchange.hpp"

namespace fuseloop::uring {

class QueueRelief {
 public:
  struct Hands {
    /** Registers so many entries of a queue, or as many as there may be, at once. */
    std::function<void(uint16_t, uint32_t)> add;
    /** See QueueProbe. */
    std::function<void(uint16_t, uint32_t)> send;
    std::function<std::optional<uint32_t>()> takeSent;
  };

  QueueRelief(EntryExchange& exchange, Hands hands);

  /** Looks at all queues; one thread, every few milliseconds while requests come.
   * @param canServe nothing that was brought waits for a worker. @param now nanoseconds
   * @returns whether to look again soon */
  bool look(bool canServe, uint64_t now);

 private:
  /** Of a queue, at the last look. */
  struct Seen {
    /** Nanoseconds, since when it has had no entry and answered nothing; 0: it has. */
    uint64_t drySince = 0;
    uint32_t answered = 0;
    /** Registrations after which no request is known to have been left waiting. */
    uint32_t settled = 0;
    /** Requests that it is sent next, from this time on. */
    uint32_t probes = 1;
    uint64_t probesAt = 0;
  };
  /** What is being sent. */
  struct Sending {
    uint16_t queue;
    /** What is settled without it. */
    uint32_t settled;
  };

  void noteSent(uint64_t now);
  bool extend(uint16_t queue, bool canServe, uint64_t now);
  bool probe(uint16_t queue, uint64_t now);

  EntryExchange& exchange_;
  const Hands hands_;
  std::vector<Seen> seen_;
  std::optional<Sending> sending_;
  bool hasBegun_ = false;
};

}  // namespace fuseloop::uring
