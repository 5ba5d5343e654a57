// Why the helper does nothing: one line for the caller, who sees it on stderr.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace fuseloop::helper {

class Refusal : public std::runtime_error {
 public:
  explicit Refusal(const std::string& text) : std::runtime_error(text) {}
  // Ends in the errno's English text, by which callers tell the reason (mount/helper-error.cpp).
  Refusal(const std::string& text, int errnum)
      : std::runtime_error(text + ": " + std::generic_category().message(errnum)) {}
};

}  // namespace fuseloop::helper
