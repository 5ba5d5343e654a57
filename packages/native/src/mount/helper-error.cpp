// Finds the errno behind the helper's words, which are English: it never calls setlocale(3).
#include "mount/helper-error.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

namespace fuseloop::mount {

namespace {

int errnoOfText(std::string_view text) {
  constexpr int kLastErrno = EHWPOISON;
  const std::size_t colon = text.rfind(": ");
  if (colon == std::string_view::npos) return EPERM;
  for (int errnum = 1; errnum <= kLastErrno; ++errnum) {
    if (std::generic_category().message(errnum) == text.substr(colon + 2)) return errnum;
  }
  return EPERM;
}

}  // namespace

HelperError::HelperError(const std::string& mountpoint, const std::string& helperText)
    : SystemError(errnoOfText(helperText), "fusermount3", mountpoint,
                  helperText.empty() ? "the helper failed without a reason" : helperText) {}

}  // namespace fuseloop::mount
