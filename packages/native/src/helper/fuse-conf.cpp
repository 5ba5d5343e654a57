// Lines of "name" or "name = number", with comments from '#' on.
#include "helper/fuse-conf.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/unique-fd.hpp"

namespace fuseloop::helper {

namespace {

constexpr const char* kPath = "/etc/fuse.conf";
constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool takeMountMax(std::string_view line, long& mountMax) {
  constexpr std::string_view kName = "mount_max";
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || trim(line.substr(0, equals)) != kName) return false;
  const std::string_view value = trim(line.substr(equals + 1));
  long number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || stop != end || number < -1) return false;
  mountMax = number;
  return true;
}

}  // namespace

FuseConf parseFuseConf(std::string_view text) {
  FuseConf conf;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = trim(whole.substr(0, whole.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line == "user_allow_other") {
      conf.userAllowOther = true;
    } else if (!line.empty() && !takeMountMax(line, conf.mountMax)) {
      conf.warnings.push_back(std::string("line ") + std::to_string(number) + " of " + kPath +
                              " says nothing known: '" + std::string(line) + "'");
    }
  }
  return conf;
}

FuseConf readFuseConf() {
  const base::UniqueFd file(::open(kPath, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  std::string text;
  std::array<char, 4096> chunk;
  ssize_t length = file ? 0 : -1;
  while (file && (length = ::read(file.get(), chunk.data(), chunk.size())) != 0) {
    if (length > 0) text.append(chunk.data(), static_cast<std::size_t>(length));
    if (length < 0 && errno != EINTR) break;
  }
  if (length == 0) return parseFuseConf(text);
  FuseConf conf;
  if (errno != ENOENT) {
    conf.warnings.push_back(std::string("failed to read ") + kPath + ": " +
                            std::generic_category().message(errno));
  }
  return conf;
}

}  // namespace fuseloop::helper
