// Whether a thread has taken long by what it does, or has only waited for its turn on a CPU.

#pragma once

#include <sys/types.h>

#include <cstdint>

namespace fuseloop::base {

struct ThreadEffort {
  /** CPU time, nanoseconds. */
  uint64_t cpuNs;
  /** How often it has gone to sleep by itself. */
  int64_t sleeps;
  /** How often it was taken off its CPU. */
  int64_t preemptions;

  /** Of the calling thread. */
  static ThreadEffort own();

  /** Whether of all the time since `begin` it has neither slept nor run for longer than `leastNs`,
   * but was held up. */
  [[nodiscard]] bool wasStarvedSince(const ThreadEffort& begin, uint64_t leastNs) const {
    return preemptions != begin.preemptions && sleeps == begin.sleeps &&
           cpuNs - begin.cpuNs <= leastNs;
  }
};

/** CPU time of a thread of this process, nanoseconds; 0 when it has ended. */
[[nodiscard]] uint64_t cpuTimeOf(pid_t thread);
/** Whether a thread of this process runs, or would if a CPU were free. */
[[nodiscard]] bool isRunnable(pid_t thread);

}  // namespace fuseloop::base
