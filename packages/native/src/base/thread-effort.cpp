#include "base/thread-effort.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "base/unique-fd.hpp"

namespace fuseloop::base {

namespace {

uint64_t nanoseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(time.tv_usec) * 1'000;
}

/** The beginning of a file of /proc/self/task/TID (proc(5)); empty when the thread has ended. */
std::string readTaskFile(pid_t thread, const char* name) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/" + name;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 256> text{};
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  return length > 0 ? std::string(text.data(), static_cast<size_t>(length)) : std::string();
}

}  // namespace

ThreadEffort ThreadEffort::own() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return {nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), usage.ru_nvcsw,
          usage.ru_nivcsw};
}

uint64_t cpuTimeOf(pid_t thread) {
  // The first of three numbers: nanoseconds on a CPU.
  return std::strtoull(readTaskFile(thread, "schedstat").c_str(), nullptr, 10);
}

bool isRunnable(pid_t thread) {
  // The state follows the name, which is in brackets and may hold some itself.
  const std::string text = readTaskFile(thread, "stat");
  const size_t bracket = text.rfind(") ");
  return bracket != std::string::npos && text[bracket + 2] == 'R';
}

}  // namespace fuseloop::base
