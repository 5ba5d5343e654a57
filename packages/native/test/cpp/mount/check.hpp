// A minimal test frame: check() reports and counts, finish() is the exit status of the executable.
// Build line of every test here, from packages/native, NAME being mount-table-test and so on:
//   g++ -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -fsanitize=address,undefined -g
//   -Isrc
//     test/cpp/mount/NAME.cpp src/mount/*.cpp src/base/*.cpp -o NAME && timeout 60 ./NAME
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "base/system-error.hpp"

namespace fuseloop::test {

// Exit status that stands for "skipped" in automake's convention.
inline constexpr int kSkipped = 77;

struct Tally {
  int passed = 0;
  int failed = 0;
};

inline Tally& tally() {
  static Tally counts;
  return counts;
}

inline void check(bool holds, const std::string& sentence) {
  (holds ? tally().passed : tally().failed) += 1;
  std::printf("%s - %s\n", holds ? "ok" : "not ok", sentence.c_str());
  std::fflush(stdout);
}

inline void checkEqual(const std::string& actual, const std::string& expected,
                       const std::string& sentence) {
  check(actual == expected, sentence);
  if (actual != expected) {
    std::printf("  actual:   %s\n  expected: %s\n", actual.c_str(), expected.c_str());
  }
}

// Runs `action`, which must throw a SystemError of this errno with `text` in its message.
inline void checkThrows(int errnum, const std::string& text, const std::string& sentence,
                        const std::function<void()>& action) {
  std::string seen = "nothing was thrown";
  bool matches = false;
  try {
    action();
  } catch (const base::SystemError& error) {
    seen = error.what();
    matches = error.errnum == errnum && seen.find(text) != std::string::npos;
  }
  check(matches, sentence);
  std::printf("  %s\n", seen.c_str());
}

inline int skip(const char* reason) {
  std::printf("# SKIP %s\n", reason);
  return kSkipped;
}

inline int finish() {
  std::printf("# passed %d, failed %d\n", tally().passed, tally().failed);
  return tally().failed == 0 ? 0 : 1;
}

}  // namespace fuseloop::test
