// What a session tells people: lines of the watchdog, and files that may be lost.

#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "device/session.hpp"

namespace fuseloop::napi {

/** A LostFile by its name. */
struct LostPath {
  /** Empty of a file that no name leads to any more. */
  std::optional<std::string> path;
  int32_t error;
};

std::vector<LostPath> pathsOf(device::Session& session, const std::vector<device::LostFile>& lost);
/** As NativeLostFile of native-binding.ts. */
Napi::Array lostFiles(Napi::Env env, const std::vector<LostPath>& paths);

/** Straight to the descriptor, from the watchdog's thread: every other thread may be stuck. A line
 * that nobody takes is dropped, for the watchdog must not wait.
 * @param names of operations by opcode
 * @param prefix of each line */
void logPassed(const std::vector<std::string>& names, const std::string& prefix,
               const device::PassedDeadline& passed);

}  // namespace fuseloop::napi
