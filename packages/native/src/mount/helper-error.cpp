// Finds the errno behind the helper's words, which are English: it never calls setlocale(3).
#include "mount/helper-error.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace fuseloop::mount {

namespace {

using KnownText = std::pair<std::string_view, int>;

// Refusals by the helper itself (libfuse util/fusermount.c), which carry no errno.
constexpr auto kKnownTexts =
    std::to_array<KnownText>({{"unknown option", EINVAL}, {"has no write access", EACCES}});

int errnoOfText(std::string_view text) {
  constexpr int kLastErrno = EHWPOISON;
  for (const auto& [known, errnum] : kKnownTexts) {
    if (text.find(known) != std::string_view::npos) return errnum;
  }
  const std::size_t colon = text.rfind(": ");
  if (colon == std::string_view::npos) return EPERM;
  for (int errnum = 1; errnum <= kLastErrno; ++errnum) {
    if (std::generic_category().message(errnum) == text.substr(colon + 2)) return errnum;
  }
  return EPERM;
}

// Its words, after its name, which the message has already; or, where they do not say what to do,
// ours.
std::string_view explain(std::string_view text) {
  if (text.empty()) return "the helper failed without a reason";
  if (text.find("user_allow_other") != std::string_view::npos) {
    return "allow_other is for root only here; to allow it to users, add the line user_allow_other "
           "to /etc/fuse.conf";
  }
  for (const std::string_view prefix : {"fusermount3: ", "fuseloop-fusermount: "}) {
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  }
  return text;
}

}  // namespace

HelperError::HelperError(const std::string& mountpoint, const std::string& helperText)
    : SystemError(errnoOfText(helperText), "fusermount3", mountpoint, explain(helperText)) {}

}  // namespace fuseloop::mount
