// What the calls of posix/ take and give. Each returns what the system call returned, or the
// negative errno: a failure is common here (ENOENT of a lookup), so nothing throws.
// napi/posix-calls.cpp binds them by these types.

#pragma once

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

namespace fuseloop::posix {

/** A name or path, NUL-terminated, without NUL inside. */
struct Name {
  std::string text;
  [[nodiscard]] const char* get() const { return text.c_str(); }
};

/** The caller's memory, for the length of the call. Empty with a null pointer where none was given.
 */
using Bytes = std::span<uint8_t>;

inline int64_t resultOf(int64_t result) {
  return result < 0 ? -static_cast<int64_t>(errno) : result;
}

}  // namespace fuseloop::posix
