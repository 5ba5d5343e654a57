// Mount tables and mount options of random and damaged text, under sanitizers. Needs no privileges.
// The first argument, if given, is the seed. Build line: see check.hpp.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "check.hpp"
#include "mount/mount-options.hpp"
#include "mount/mount-table.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;
using fuseloop::base::SystemError;

namespace {

constexpr int kRuns = 20'000;
const std::string kTable =
    "36 35 98:0 /root /mnt\\040two rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=x\n"
    "51 36 0:45 / /mnt/f\\134\\043\\011 rw,nosuid,nodev - fuse.my\\054sub  rw,user_id=0\n"
    "52 51 0:46 / /a rw - fuse x rw\n53 52 0:47 / /a rw - tmpfs y rw\n";

class Noise {
 public:
  explicit Noise(uint64_t seed) : random_(seed) {}

  size_t below(size_t limit) { return random_() % limit; }

  /** Text of the characters that have a meaning somewhere, and of any. */
  std::string text(size_t most) {
    static constexpr std::string_view kMeant(" \n\t\\-:,=/#0179ax\0\xff", 18);
    std::string text(below(most + 1), ' ');
    for (char& character : text) {
      character = below(4) == 0 ? static_cast<char>(random_()) : kMeant[below(kMeant.size())];
    }
    return text;
  }

  /** The table with pieces cut out, put in, or changed. */
  std::string damaged(std::string text) {
    for (size_t edits = below(6); edits > 0; --edits) {
      const size_t at = below(text.size() + 1);
      text.replace(at, below(3) == 0 ? below(20) : 0, below(2) == 0 ? "" : this->text(6));
      if (!text.empty()) text[below(text.size())] = static_cast<char>(random_());
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

void tables(Noise& noise) {
  size_t parsed = 0;
  bool holds = true;
  for (int run = 0; run < kRuns; ++run) {
    // In memory of just its length, so that a look behind it shows.
    const std::string text = noise.below(3) == 0 ? noise.text(200) : noise.damaged(kTable);
    const auto table = parseMountInfo(text);
    size_t length = 0;
    for (const MountEntry& entry : table) {
      length += entry.mountPoint.size() + entry.options.size() + entry.fsType.size() +
                entry.source.size() + entry.superOptions.size();
      const auto top = topMountAt(table, entry.mountPoint);
      holds = holds && top && top->mountPoint == entry.mountPoint;
    }
    holds = holds && length <= text.size();
    parsed += table.size();
  }
  check(holds, "a damaged table gives no more than it holds, and its mounts are found");
  check(parsed > kRuns, "most of its lines are still mounts");
}

MountRequest randomRequest(Noise& noise) {
  static constexpr const char* kFlags[] = {"ro", "rw", "suid", "exec", "noatime", "dev"};
  static constexpr const char* kOptions[] = {"allow_other", "max_read=4096", "fd=3", "a,b", ""};
  MountRequest request;
  request.mountpoint = "/mnt/x";
  if (noise.below(2) == 0) request.source = noise.text(12);
  if (noise.below(2) == 0) request.subtype = noise.text(8);
  for (size_t left = noise.below(3); left > 0; --left) {
    request.kernelOptions.push_back(noise.below(2) == 0 ? noise.text(10)
                                                        : kOptions[noise.below(5)]);
  }
  for (size_t left = noise.below(3); left > 0; --left) {
    request.flagOptions.push_back(noise.below(9) == 0 ? noise.text(6) : kFlags[noise.below(6)]);
  }
  return request;
}

/** The first option as the helper reads it: a backslash takes the next character as it is
 * (libfuse util/fusermount.c). */
std::string firstOption(const std::string& options) {
  std::string first;
  for (size_t at = 0; at < options.size() && options[at] != ','; ++at) {
    if (options[at] == '\\' && at + 1 < options.size()) ++at;
    first.push_back(options[at]);
  }
  return first;
}

void options(Noise& noise) {
  int taken = 0;
  int refused = 0;
  bool holds = true;
  for (int run = 0; run < kRuns; ++run) {
    const MountRequest request = randomRequest(noise);
    try {
      checkRequest(request);
      const std::string data = kernelData(request, 3, S_IFDIR, 0, 0);
      const auto commas = std::count(data.begin(), data.end(), ',');
      holds = holds && commas == 3 + static_cast<std::ptrdiff_t>(request.kernelOptions.size());
      holds = holds && data.find('\0') == std::string::npos;
      holds = holds && firstOption(helperOptions(request)) == "fsname=" + mountSource(request);
      ++taken;
    } catch (const SystemError& error) {
      holds = holds && error.errnum == EINVAL;
      ++refused;
    }
  }
  check(holds, "what is taken says to kernel and helper what was meant, the rest is EINVAL");
  check(taken > kRuns / 20 && refused > kRuns / 20, "some are taken and some refused");
}

}  // namespace

int main(int count, char** arguments) {
  Noise noise(count > 1 ? std::stoull(arguments[1]) : 20260714);
  tables(noise);
  options(noise);
  return finish();
}
