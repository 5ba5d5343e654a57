#include "base/killed-thread.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace fuseloop::base {

bool isBeingKilled(uint32_t thread) {
  if (thread == 0) return false;
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  if (!status) return true;
  constexpr uint64_t kKill = uint64_t{1} << (SIGKILL - 1);
  for (std::string line; std::getline(status, line);) {
    // proc_pid_status(5): signals pending for the thread, and for the whole process, as hex masks.
    if (!line.starts_with("SigPnd:") && !line.starts_with("ShdPnd:")) continue;
    if ((std::strtoull(line.c_str() + 7, nullptr, 16) & kKill) != 0) return true;
  }
  return false;
}

}  // namespace fuseloop::base
