// Whatever stands in fsname and subtype, the kernel shows just that, and no option comes of it:
// random names by mount(2) and, as nobody, by fusermount3. Needs root and /dev/fuse. The first
// argument, if given, is the seed. Build line: see check.hpp.
#include <random>

#include "check.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/helper-program.hpp"
#include "mount/mount-table.hpp"
#include "mount/unmount.hpp"
#include "nobody.hpp"
#include "sandbox.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;

namespace {

constexpr int kDirectRuns = 300;
constexpr int kHelperRuns = 60;

class Names {
 public:
  explicit Names(std::uint64_t seed) : random_(seed) {}

  // Characters that mean something to the kernel, the helper or the mount table, and options.
  std::string next() {
    static constexpr std::string_view kPieces[] = {
        ",",   "\\", "\\,", "\\\\", " ",          "\t",          "\n",   "#",     "=",
        ".",   "x",  "9",   "\\0",  "\\054",      "\xff",        "\"",   ",suid", ",allow_other",
        ",ro", "\r", "%",   "\x01", ",user_id=0", ",rootmode=0", ",dev", "fuse.", ",max_read=4096"};
    std::string name("n");
    for (std::size_t left = 1 + random_() % 8; left > 0; --left) {
      name += kPieces[random_() % std::size(kPieces)];
    }
    // Names may begin with anything, too.
    return random_() % 2 == 0 ? name : name.substr(1);
  }

 private:
  std::mt19937_64 random_;
};

void namesAreShown(const std::string& way, const std::string& path, int runs, std::uint64_t seed) {
  Names names(seed);
  MountRequest request;
  request.mountpoint = path;
  request.kernelOptions = {"default_permissions"};
  const std::string owner = std::to_string(::getuid());
  const std::string superOptions =
      "rw,user_id=" + owner + ",group_id=" + owner + ",default_permissions";
  int wrong = 0;
  for (int run = 0; run < runs; ++run) {
    request.source = names.next();
    request.subtype = names.next();
    const MountedDevice mounted = mountFuse(request);
    const MountEntry entry = topMountAt(path).value();
    if (entry.fsType != "fuse." + request.subtype || entry.source != request.source ||
        entry.options != "rw,nosuid,nodev,relatime" || entry.superOptions != superOptions) {
      wrong += 1;
      checkEqual(entry.fsType + "|" + entry.source + "|" + entry.options + "|" + entry.superOptions,
                 "fuse." + request.subtype + "|" + request.source, "run " + std::to_string(run));
    }
    unmountFuse(mounted.identity, path, true, mounted.way);
  }
  check(wrong == 0, way + ": names are shown as they were given, and add no option");
  check(!topMountAt(path), way + ": nothing is left mounted");
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint64_t seed = count > 1 ? std::stoull(arguments[1]) : 20260714;
  const Sandbox sandbox;
  if (!sandbox.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  const std::string path = sandbox.mountpoint();
  std::filesystem::create_directory(path);
  namesAreShown("mount(2)", path, kDirectRuns, seed);
  if (findHelper(initialEnvironment()).empty()) return finish();
  check(::chown(path.c_str(), kNobody, kNobody) == 0, "the mountpoint is nobody's");
  check(openDeviceToAll(sandbox), "/dev/fuse is open to all");
  asNobody("names", [&] { namesAreShown("fusermount3", path, kHelperRuns, seed + 1); });
  ::umount2("/dev/fuse", MNT_DETACH);
  return finish();
}
