// A line for each message that no worker sees and nobody answers, in the words of
// describe-request.ts: with a trace the others have theirs from the workers (traced-transport.ts).

#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fuseloop::device {

/** FORGET, BATCH_FORGET, INTERRUPT and DESTROY in one line; empty for all others. */
[[nodiscard]] std::string describeUnanswered(std::span<const uint8_t> message);

class ReaderTrace {
 public:
  /** @param prefix of the lines on stderr */
  explicit ReaderTrace(std::string prefix) : prefix_(std::move(prefix)) {}

  /** Takes a whole message, of any opcode. */
  void note(std::span<const uint8_t> message) const;

 private:
  std::string prefix_;
};

}  // namespace fuseloop::device
