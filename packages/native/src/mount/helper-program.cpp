// Search for fusermount3 along the PATH the process was started with.
#include "mount/helper-program.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/unique-fd.hpp"

namespace fuseloop::mount {

namespace {

constexpr std::string_view kHelperName = "fusermount3";
constexpr std::string_view kUsualDirectories = "/usr/local/bin:/usr/bin:/bin";

bool isProgram(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<std::string> initialEnvironment() {
  const base::UniqueFd file(::open("/proc/self/environ", O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> chunk;
  while (file) {
    const ssize_t length = ::read(file.get(), chunk.data(), chunk.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(length));
  }
  std::vector<std::string> variables;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\0', at);
    std::string variable = text.substr(at, end - at);
    if (!variable.empty()) variables.push_back(std::move(variable));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return variables;
}

std::string findHelper(const std::vector<std::string>& environment) {
  constexpr std::string_view kPrefix = "PATH=";
  std::string directories;
  for (const std::string& variable : environment) {
    if (variable.starts_with(kPrefix)) directories = variable.substr(kPrefix.size()) + ":";
  }
  directories += kUsualDirectories;
  for (std::size_t at = 0; at < directories.size();) {
    const std::size_t end = std::min(directories.find(':', at), directories.size());
    const std::string_view directory = std::string_view(directories).substr(at, end - at);
    at = end + 1;
    // A relative directory would depend on the working directory, possibly one of our own mounts.
    if (!directory.starts_with('/')) continue;
    std::string path = std::string(directory).append("/").append(kHelperName);
    if (isProgram(path)) return path;
  }
  return {};
}

}  // namespace fuseloop::mount
