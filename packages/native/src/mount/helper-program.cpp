// Search for a mount helper, by the environment the process was started with.
#include "mount/helper-program.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/unique-fd.hpp"
#include "mount/privilege.hpp"

namespace fuseloop::mount {

namespace {

constexpr std::string_view kHelperName = "fusermount3";
constexpr std::string_view kPackagedName = "fuseloop-fusermount";
constexpr std::string_view kUsualDirectories = "/usr/local/bin:/usr/bin:/bin";

bool isProgram(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::string_view valueOf(const std::vector<std::string>& environment, std::string_view prefix) {
  const auto variable = std::ranges::find_if(
      environment, [prefix](const std::string& item) { return item.starts_with(prefix); });
  if (variable == environment.end()) return {};
  return std::string_view(*variable).substr(prefix.size());
}

// Ours, which is built beside the file that this code is in; empty when it is not there.
std::string packagedHelper() {
  Dl_info here{};
  if (::dladdr(reinterpret_cast<const void*>(&isProgram), &here) == 0) return {};
  const std::string file = here.dli_fname;
  std::string path = file.substr(0, file.rfind('/') + 1).append(kPackagedName);
  return path.starts_with('/') && isProgram(path) ? path : "";
}

// It mounts by its own rights, or by those of this process.
bool mayMount(const std::string& path) {
  struct stat status {};
  if (hasMountPrivilege()) return true;
  if (::stat(path.c_str(), &status) != 0) return false;
  const bool isSetuidRoot = (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
  return isSetuidRoot || ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

std::string searchDirectories(std::string_view directories) {
  while (!directories.empty()) {
    const std::size_t end = std::min(directories.find(':'), directories.size());
    const std::string_view directory = directories.substr(0, end);
    directories.remove_prefix(std::min(end + 1, directories.size()));
    // A relative directory would depend on the working directory, possibly one of our own mounts.
    if (!directory.starts_with('/')) continue;
    std::string path = std::string(directory).append("/").append(kHelperName);
    if (isProgram(path)) return path;
  }
  return {};
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
  const std::string_view chosen = valueOf(environment, "FUSELOOP_MOUNT_HELPER=");
  if (!chosen.empty()) return std::string(chosen);
  const std::string_view path = valueOf(environment, "PATH=");
  const std::string found =
      searchDirectories(std::string(path).append(":").append(kUsualDirectories));
  if (!found.empty()) return found;
  const std::string ours = packagedHelper();
  return !ours.empty() && mayMount(ours) ? ours : "";
}

std::string adviceOnHelpers() {
  std::string advice = "install the package fuse3, or run with CAP_SYS_ADMIN";
  const std::string ours = packagedHelper();
  if (ours.empty()) return advice;
  return advice + ", or make a copy of '" + ours + "' setuid root (docs/mounting.md)";
}

}  // namespace fuseloop::mount
