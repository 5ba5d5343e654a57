// One mount's native side: owns device, reader and watchdog threads, tables and the seats of
// workers. Lock order: a seat's mutex first; the tables have leaf locks of their own.

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/event-fd.hpp"
#include "device/device-endpoint.hpp"
#include "device/device-reader.hpp"
#include "device/early-interrupts.hpp"
#include "device/in-flight-requests.hpp"
#include "device/notifier.hpp"
#include "device/reader-inbox.hpp"
#include "device/reader-trace.hpp"
#include "device/reply-writer.hpp"
#include "device/request-routing.hpp"
#include "device/self-access.hpp"
#include "device/transport.hpp"
#include "device/watchdog.hpp"
#include "device/worker-bells.hpp"
#include "device/worker-seats.hpp"
#include "device/write-tracker.hpp"
#include "node/backing-files.hpp"
#include "node/directory-table.hpp"
#include "node/lock-manager.hpp"
#include "node/node-table.hpp"
#include "node/open-file-table.hpp"
#include "ring/request-ring.hpp"

namespace fuseloop::device {

class Session {
 public:
  /** Nanoseconds that flushing what clients had open may take after an end that came unasked. */
  static constexpr uint64_t kClosingTime = 10'000'000'000;

  /**
   * @param memory laid out by RequestRing.create in TypeScript; it must outlive the session
   * @param refuseSelfAccess answer EDEADLK to this process's own requests (loop `single`)
   */
  Session(std::span<uint8_t> memory, std::span<const uint8_t, RequestRouting::kByteLength> routing,
          bool refuseSelfAccess);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /** Takes the device. Once, before anything is read. */
  void attachDevice(std::unique_ptr<DeviceEndpoint> device);
  /** How requests reach workers; the reader's queues if nobody says. Before start(). */
  void useTransport(std::unique_ptr<Transport> transport);
  /** The device that was attached. */
  const DeviceEndpoint& device() const { return *device_; }
  /** Waits for one request, at most `timeoutMs`; for INIT, before the reader runs. @throws
   * SystemError */
  std::vector<uint8_t> readFirst(int timeoutMs);
  void writeReply(std::span<const uint8_t> reply);
  /** A line on stderr for each message that no worker sees. Before start(). */
  void traceReader(std::string prefix) { trace_.emplace(std::move(prefix)); }
  /** `onEnd` gets the errno that ended the device, and the files that may be lost. */
  using OnEnd = std::function<void(int, std::vector<LostFile>)>;
  /** Starts reader and watchdog; `onEnd` is called on the reader's thread when files are closed
   * too, the others on the watchdog's: `onStuck` with worker and generation. */
  void start(OnEnd onEnd, std::function<void(const PassedDeadline&)> onPassed,
             std::function<void(uint32_t, uint32_t)> onStuck);
  /** From now on the reader answers ESHUTDOWN to what opens files and directories. */
  void refuseOpens();
  /**
   * Open files must be flushed and released by then, CLOCK_MONOTONIC nanoseconds; kClosingTime
   * after the device's end if nobody says. A time that is past ends what is going on.
   */
  void closeBy(uint64_t time);
  /** The kernel is asked to forget unused nodes while there are more. After start(). */
  void limitNodes(size_t most, uint32_t minor);
  /** Stops and joins notifier, reader and watchdog. Any thread but theirs; idempotent. */
  void stop();
  /**
   * After stop(): gives back descriptors and the slots' memory, which otherwise wait for the
   * garbage collector. Not while a worker has its seat: a handler may be at work.
   */
  void giveBack();
  /** Whether the device has not ended yet, by its side or ours. */
  bool isConnected() const;
  /** Ends the connection from our side: clients get ECONNABORTED, later ENOTCONN. */
  void sever();

  /** For looking whether the connection lives; -1 when it is known to be over. */
  int deviceFd();

  /** Seats a worker; returns its generation, from 1. @throws std::invalid_argument when the seat is
   * taken */
  uint32_t attachWorker(uint32_t worker);
  /**
   * The worker's end is certain: answers EIO to everything it has taken or was sent, and nothing
   * more is sent to it. Its slots stay its own, for a handler, or libuv's pool on its behalf, may
   * still write into them. Any thread; idempotent.
   */
  void abandonWorker(uint32_t worker);
  /** The same, and frees its slots and its seat. Of its thread no code runs any more. */
  void detachWorker(uint32_t worker);
  bool isSeatFree(uint32_t worker) { return seats_.isFree(worker); }
  /** Makes a system call fail with EINTR in which the worker's thread waits, if any. */
  void interruptWorker(uint32_t worker) { seats_.interrupt(worker); }
  /** The next filled slot for the worker, claimed; -1 idle (and announced as sleeping); -2 ended.
   */
  int32_t next(uint32_t worker);
  /** Answers and frees; 0, or the negative errno of the refusal, -EALREADY if the slot is not this
   * worker's. */
  int finish(uint32_t worker, uint32_t slot, std::span<const uint8_t> external);
  /**
   * Sets a lock for the request in a slot, or parks it: kLockParked, and then the slot is free and
   * the lock manager answers. A negative errno, -ENOENT also when somebody else has answered; the
   * slot is to be finished then.
   */
  int park(uint32_t worker, uint32_t slot, const node::LockRequest& request);
  /** Frees a slot whose request takes no reply. */
  void discard(uint32_t worker, uint32_t slot);

  ring::RequestRing& ring() { return ring_; }
  Transport& transport() { return *transport_.load(std::memory_order_acquire); }
  WorkerBells& bells() { return bells_; }
  node::NodeTable& nodes() { return nodes_; }
  node::OpenFileTable& openFiles() { return openFiles_; }
  node::BackingFiles& backingFiles() { return backingFiles_; }
  node::DirectoryTable& directories() { return directories_; }
  node::LockManager& locks() { return locks_; }
  SelfAccess& selfAccess() { return selfAccess_; }
  Notifier& notifier() { return notifier_; }

 private:
  using SessionState = ring::SessionState;
  static constexpr uint64_t kUnset = std::numeric_limits<uint64_t>::max();

  int32_t take(uint32_t worker);
  void checkIsInit(std::span<const uint8_t> message);
  int32_t takeQueued(uint32_t worker);
  void noteTaken(uint32_t worker, uint32_t slot);
  bool hasQueuedFor(uint32_t worker);
  void release(uint32_t slot, uint32_t worker);
  void wakeReader();
  void makeParts(std::function<void(const PassedDeadline&)> onPassed,
                 std::function<void(uint32_t, uint32_t)> onStuck);
  FilingParts filing();
  bool owns(uint32_t worker, uint32_t slot);
  bool grantLock(uint64_t unique);
  void answerLost(uint32_t slot);
  void leaveBacking(uint32_t slot);
  std::vector<LostFile> closeFiles(DeviceReader& reader, const std::stop_token& stop);
  void tellWorkers(SessionState state);

  ring::RequestRing ring_;
  RequestRouting routing_;
  SelfAccess selfAccess_;
  WorkerBells bells_;
  WorkerSeats seats_{ring_, bells_};
  node::NodeTable nodes_;
  node::DirectoryTable directories_;
  node::OpenFileTable openFiles_;
  node::BackingFiles backingFiles_;
  node::LockManager locks_;
  base::EventFd readerBell_;
  std::atomic<bool> readerWaits_{false};
  OwnRequests own_{readerBell_};
  WriteTracker writes_{ring_, openFiles_, own_};
  /** kUnset until somebody says, or the device ends. */
  std::atomic<uint64_t> closeBy_{kUnset};
  std::atomic<bool> severed_{false};
  std::unique_ptr<DeviceEndpoint> device_;
  InFlightRequests requests_;
  EarlyInterrupts early_;
  ReaderInbox inbox_{readerBell_};
  std::optional<ReaderTrace> trace_;
  /** Workers that have their seats may be using one while another takes its place. */
  std::vector<std::unique_ptr<Transport>> transports_;
  std::atomic<Transport*> transport_;
  std::unique_ptr<ReplyWriter> replies_;
  Notifier notifier_{requests_};
  std::unique_ptr<Watchdog> watchdog_;
  /** By worker, for its own thread: requests that it has begun and not finished. */
  std::array<uint32_t, ring::kMaxWorkers> inHand_{};
  std::mutex stopMutex_;
  std::jthread reader_;
  std::jthread watcher_;
};

}  // namespace fuseloop::device
