// Notes that a signal has come, in front of whoever handles it: libuv's handlers only write to a
// pipe that the main thread reads, and that thread may be stuck. One for the process, as signal
// dispositions are.

#pragma once

#include <cstdint>

namespace fuseloop::base {

class SignalWatch {
 public:
  /** Steps in front of the handler that is installed now; again after it was installed anew.
   * @throws SystemError */
  static void watch(int signal);
  /** A descriptor, readable since a signal came; one reader drains it. */
  static int fd();
  static void drain();
  /**
   * A descriptor, readable while a watched signal is pending. The kernel gives a process's signal
   * to its main thread, and no handler runs while that waits for a FUSE request which it cannot
   * leave.
   */
  static int pendingFd();
  static bool isPending();
  /** How many have reached a handler. */
  static uint32_t count();
  /** Lets the signal that came last do what it does to a process without handlers, which ends by
   * it. SIGTERM, if none has reached a handler. */
  static void endByLast();
};

}  // namespace fuseloop::base
