// Ends mounts by signal when the main thread does not: it may wait for its own mount, or run a
// handler that never returns. A thread of its own, from the first signal that is watched on.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace fuseloop::napi {

class EndGuard {
 public:
  static EndGuard& instance();

  /** `end` must end the mount's connection without waiting for JavaScript; it runs on the guard's
   * thread, once per session. */
  void add(uint32_t session, std::function<void()> end);
  /** The session has ended, and its `end` is not running any more. */
  void remove(uint32_t session);
  /** After main has begun to listen for the signal. @throws SystemError */
  void watch(int signal);
  /** Main has seen all signals that have come: it takes care of them. */
  void acknowledge();

 private:
  void run();
  uint32_t unseenSignals(bool isPending);
  void endSessions();

  /** Guards what is below, and is held while sessions are ended. */
  std::mutex mutex_;
  std::map<uint32_t, std::function<void()>> sessions_;
  bool isRunning_ = false;
  uint32_t handled_ = 0;
};

}  // namespace fuseloop::napi
