// Threads that open, share and close files, while others ask about them: each is told of the file
// that it has asked about, or that nobody has it open.

#include "posix/shared-files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using test::check;

constexpr int kFiles = 4;
constexpr int kOpens = 20'000;
/** The closer of one is the opener of what gets its number. */
constexpr int kOpeners = 2;
constexpr int kAskers = 2;

struct Counts {
  std::atomic<int> found{0};
  std::atomic<int> absent{0};
  std::atomic<int> wrong{0};
};

std::array<uint8_t, 4> identityOf(int file) { return {'f', 'i', 'l', static_cast<uint8_t>(file)}; }

int openAgain(int file) {
  return ::open(("file-" + std::to_string(file)).c_str(), O_RDONLY | O_CLOEXEC);
}

/** Each has a size of its own. */
void makeFiles() {
  for (int file = 0; file < kFiles; ++file) {
    const int fd = ::open(("file-" + std::to_string(file)).c_str(), O_CREAT | O_WRONLY, 0600);
    check(fd >= 0 && ::ftruncate(fd, file + 1) == 0, "a file is made");
    ::close(fd);
  }
}

void openAndClose(int first, Counts& counts) {
  for (int turn = 0; turn < kOpens; ++turn) {
    const int file = (first + turn) % kFiles;
    auto identity = identityOf(file);
    const int fd = openAgain(file);
    if (fd < 0 || posix::shareFd(fd, identity) != 0) ++counts.wrong;
    if (posix::closeShared(fd) != 0) ++counts.wrong;
  }
}

void ask(const std::atomic<bool>& isOver, Counts& counts) {
  alignas(struct statx) std::array<uint8_t, sizeof(struct statx)> status{};
  for (int turn = 0; turn < kFiles || !isOver; ++turn) {
    const int file = turn % kFiles;
    auto identity = identityOf(file);
    const int64_t result = posix::statShared(identity, STATX_SIZE, status);
    const auto size = reinterpret_cast<const struct statx*>(status.data())->stx_size;
    if (result == 1) {
      ++counts.absent;
    } else if (result == 0 && size == static_cast<uint64_t>(file) + 1) {
      ++counts.found;
    } else {
      ++counts.wrong;
    }
  }
}

void tellsOfNoOtherFile() {
  Counts counts;
  std::atomic<bool> isOver{false};
  auto identity = identityOf(0);
  const int kept = openAgain(0);
  check(posix::shareFd(kept, identity) == 0, "one stays open");
  std::vector<std::thread> askers;
  for (int number = 0; number < kAskers; ++number)
    askers.emplace_back([&] { ask(isOver, counts); });
  std::vector<std::thread> openers;
  for (int number = 0; number < kOpeners; ++number)
    openers.emplace_back([&counts, number] { openAndClose(number, counts); });
  for (std::thread& thread : openers) thread.join();
  isOver = true;
  for (std::thread& thread : askers) thread.join();
  posix::closeShared(kept);
  check(counts.wrong == 0, std::to_string(counts.wrong) + " wrong answers");
  check(counts.found > 0, std::to_string(counts.found) + " found open");
  check(counts.absent > 0, std::to_string(counts.absent) + " found closed");
}

}  // namespace

int main() {
  std::string folder = "/tmp/fuseloop-shared-XXXXXX";
  check(::mkdtemp(folder.data()) != nullptr && ::chdir(folder.c_str()) == 0, "a folder is made");
  makeFiles();
  const int lowest = openAgain(0);
  ::close(lowest);
  tellsOfNoOtherFile();
  const int after = openAgain(0);
  check(after == lowest, "nothing is left open");
  ::close(after);
  for (int file = 0; file < kFiles; ++file) ::unlink(("file-" + std::to_string(file)).c_str());
  ::rmdir(folder.c_str());
  return test::finish();
}
