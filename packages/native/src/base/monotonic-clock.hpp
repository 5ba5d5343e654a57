// CLOCK_MONOTONIC, by which requests are timed: it goes on through changes of the wall clock.
#pragma once

#include <time.h>

#include <cstdint>

namespace fuseloop::base {

// Nanoseconds since some point before the machine's start.
[[nodiscard]] inline std::uint64_t monotonicNanoseconds() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace fuseloop::base
