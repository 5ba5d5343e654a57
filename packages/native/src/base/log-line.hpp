// Lines on stderr by native threads, which nothing may hold up.
#pragma once

#include <string>

namespace fuseloop::base {

/** Writes `line` and a newline; nothing while stderr is a full or broken pipe. */
void writeLogLine(std::string line);

}  // namespace fuseloop::base
