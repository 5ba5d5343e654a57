#include "helper/inheritance.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <vector>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

constexpr const char* kCommFdVariable = "_FUSE_COMMFD";
constexpr const char* kOpenDescriptors = "/proc/self/fd";

std::optional<int> parseDescriptor(std::string_view text) {
  int number = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0) return std::nullopt;
  return number;
}

void closeDirectory(DIR* directory) { ::closedir(directory); }

}  // namespace

void completeStandardStreams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // open(2) takes the lowest number, which is this one. Without /dev/null nothing is safe.
    if (::open("/dev/null", O_RDWR) != stream) ::_exit(1);
  }
}

std::optional<std::string> takeEnvironment() {
  const char* value = ::getenv(kCommFdVariable);
  std::optional<std::string> commFd;
  if (value != nullptr) commFd = value;
  ::clearenv();
  return commFd;
}

base::UniqueFd adoptDescriptor(const std::string& number) {
  const auto inherited = parseDescriptor(number);
  if (!inherited) throw Refusal("invalid " + std::string(kCommFdVariable) + ": '" + number + "'");
  base::UniqueFd adopted(::fcntl(*inherited, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!adopted) throw Refusal("descriptor " + number + " of " + kCommFdVariable, errno);
  return adopted;
}

void closeOthers(const base::UniqueFd& kept) {
  const std::unique_ptr<DIR, decltype(&closeDirectory)> directory(::opendir(kOpenDescriptors),
                                                                  &closeDirectory);
  if (!directory) throw Refusal(std::string("failed to open ") + kOpenDescriptors, errno);
  std::vector<int> others;
  while (const dirent* entry = ::readdir(directory.get())) {
    const auto number = parseDescriptor(static_cast<const char*>(entry->d_name));
    if (!number || *number <= STDERR_FILENO) continue;
    if (*number != kept.get() && *number != ::dirfd(directory.get())) others.push_back(*number);
  }
  for (const int number : others) ::close(number);
}

void becomeWatcher() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  ::setsid();
  if (::chdir("/") != 0) throw Refusal("failed to change to /", errno);
  const base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw Refusal("failed to open /dev/null", errno);
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) ::dup2(null.get(), stream);
}

}  // namespace fuseloop::helper
