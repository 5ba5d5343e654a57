// Who watches the device and reads it: the reader, or one worker in its place, the leader. One
// only, as each that watches is woken by every request. Rule: that two read at a time does no harm,
// for a moment; that nobody does is what must not be. So the role goes to the reader whenever the
// leader is in doubt: it ends, has no slot, lets requests wait, or finds none for a while.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/unique-fd.hpp"
#include "device/reader-inbox.hpp"
#include "device/transport.hpp"
#include "ring/ring-layout.hpp"

namespace fuseloop::direct {

/** What the role goes by: the time, and what the leader's thread does. A test has its own. */
class RoleSenses {
 public:
  virtual ~RoleSenses() = default;
  /** CLOCK_MONOTONIC, nanoseconds. */
  virtual uint64_t now() const;
  /** Nanoseconds on a CPU. */
  virtual uint64_t cpuTimeOf(pid_t thread) const;
  /** Whether it runs, or would if a CPU were free. */
  virtual bool isRunnable(pid_t thread) const;

  static const RoleSenses& real();
};

class ReadingRole {
 public:
  explicit ReadingRole(const RoleSenses& senses = RoleSenses::real()) : senses_(senses) {}

  /** @param deviceFd readable while a request is pending @param inbox by which the reader is rung
   */
  void begin(int deviceFd, const device::ReaderInbox& inbox);

  /** What the worker is to watch: readable while it leads and a request is pending. @throws
   * SystemError */
  int open(uint32_t worker);
  /** After it the worker does not lead, nor ever again before `open`. Any thread; idempotent. */
  void lose(uint32_t worker);
  /** The same; what it watched is closed. */
  void close(uint32_t worker);

  bool isHeldBy(uint32_t worker) const { return holder_.load(std::memory_order_acquire) == worker; }
  /** For a worker that has nothing to do; false when it is not to lead now. */
  bool take(uint32_t worker);
  /** The leader looks at the device. */
  void note() {
    looks_.store(looks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  enum class Reason {
    /** Any worker may lead on. */
    kIdle,
    /** Requests wait while handlers run: the reader brings them to whoever is free. */
    kContended,
    /** The device has ended: nobody leads any more. */
    kEnded,
  };
  /** Back to the reader, if the worker has it. Any thread. */
  void giveBack(uint32_t worker, Reason reason);

  /** For the reader, before it waits: in how many ms it is to ask again, as a worker watches the
   * device; -1: nobody does but the reader. */
  int watchedFor();

 private:
  using Fds = std::array<base::UniqueFd, ring::kMaxWorkers>;

  void end(uint32_t worker, Reason reason);
  void rest(Reason reason, uint64_t now);
  bool isReadable() const;
  bool isStarved();

  const RoleSenses& senses_;
  int device_ = -1;
  const device::ReaderInbox* inbox_ = nullptr;
  /** kNoWorker: the reader. */
  std::atomic<uint32_t> holder_{device::kNoWorker};
  /** From then on a worker may take it, CLOCK_MONOTONIC nanoseconds. */
  std::atomic<uint64_t> freeFrom_{0};
  /** Of the leader, so that the reader sees it move. */
  std::atomic<uint64_t> looks_{0};
  /** Guards what is below, and changes of the holder. */
  std::mutex mutex_;
  /** Epoll descriptors; the leader's has the device in it. */
  Fds epolls_;
  uint64_t takenAt_ = 0;
  /** The leader's. */
  pid_t thread_ = 0;
  /** How long the reader keeps it after a contended end, ns. */
  uint64_t pause_ = 0;
  /** The reader's own. */
  uint64_t nextTick_ = 0;
  uint64_t seenLooks_ = 0;
  int quietTicks_ = 0;
  /** Ticks in a row at which the leader let a request wait. */
  int letTicks_ = 0;
  /** The leader's CPU time at the first of them. */
  uint64_t letFrom_ = 0;
};

}  // namespace fuseloop::direct
