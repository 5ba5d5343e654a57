// Two unmounts of one mount at once, while somebody puts other mounts over it or in its place:
// never is one of those hit. Needs root and /dev/fuse. The first argument, if given, is the number
// of rounds. Build line: see check.hpp, with -pthread.
#include <fcntl.h>

#include <array>
#include <atomic>
#include <barrier>
#include <thread>

#include "check.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/mount-table.hpp"
#include "mount/unmount.hpp"
#include "sandbox.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;
using fuseloop::base::UniqueFd;

namespace {

constexpr int kRounds = 450;
constexpr const char* kForeign = "foreign";

MountedDevice mountOurs(const std::string& path) {
  MountRequest request;
  request.mountpoint = path;
  request.subtype = "ours";
  return mountFuse(request);
}

// As another daemon would: the kernel may give it our ids.
UniqueFd mountForeignFuse(const std::string& path) {
  UniqueFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  const std::string data =
      "fd=" + std::to_string(device.get()) + ",rootmode=40000,user_id=0,group_id=0";
  ::mount(kForeign, path.c_str(), "fuse.foreign", MS_NOSUID | MS_NODEV, data.c_str());
  return device;
}

struct Outcomes {
  std::atomic<int> unmounted = 0;
  std::atomic<int> gone = 0;
  std::atomic<int> refused = 0;
};

void unmountOurs(const MountedDevice& ours, bool lazy, Outcomes& outcomes) {
  try {
    const auto result = unmountFuse(ours.identity, ours.mountpoint, lazy, {});
    (result == UnmountResult::kUnmounted ? outcomes.unmounted : outcomes.gone) += 1;
  } catch (const fuseloop::base::SystemError&) {
    outcomes.refused += 1;
  }
}

bool isForeignThere(const std::string& path) {
  for (const MountEntry& entry : readMountTable()) {
    if (entry.mountPoint == path && entry.source == kForeign) return true;
  }
  return false;
}

void clear(const std::string& path) {
  while (::umount2(path.c_str(), MNT_DETACH) == 0) {
  }
}

// What somebody else does while two of us unmount.
using Meddle = UniqueFd (*)(const std::string& path);

UniqueFd coverByTmpfs(const std::string& path) {
  ::mount(kForeign, path.c_str(), "tmpfs", 0, nullptr);
  return {};
}

UniqueFd replaceByTmpfs(const std::string& path) {
  ::umount2(path.c_str(), MNT_DETACH);
  return coverByTmpfs(path);
}

UniqueFd replaceByFuse(const std::string& path) {
  ::umount2(path.c_str(), MNT_DETACH);
  return mountForeignFuse(path);
}

void race(const std::string& path, const std::string& what, Meddle meddle, bool lazy, int rounds) {
  Outcomes outcomes;
  int lost = 0;
  for (int round = 0; round < rounds; ++round) {
    const MountedDevice ours = mountOurs(path);
    std::barrier start(3);
    UniqueFd foreign;
    {
      std::array<std::jthread, 2> unmounts;
      for (std::jthread& thread : unmounts) {
        thread = std::jthread([&] {
          start.arrive_and_wait();
          unmountOurs(ours, lazy, outcomes);
        });
      }
      start.arrive_and_wait();
      // A different moment of the unmounts each round.
      for (int spin = (round % 100) * 300; spin > 0; --spin) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
      }
      foreign = meddle(path);
    }
    if (!isForeignThere(path)) lost += 1;
    clear(path);
  }
  check(lost == 0, what + (lazy ? ", lazily" : "") + ": the foreign mount stays");
  std::printf("  unmounted %d, gone %d, refused %d, lost %d\n", outcomes.unmounted.load(),
              outcomes.gone.load(), outcomes.refused.load(), lost);
}

// Without anybody else, one of the two unmounts it and the other finds it gone.
void together(const std::string& path) {
  Outcomes outcomes;
  for (int round = 0; round < 100; ++round) {
    const MountedDevice ours = mountOurs(path);
    std::barrier start(2);
    std::array<std::jthread, 2> unmounts;
    for (std::jthread& thread : unmounts) {
      thread = std::jthread([&, lazy = &thread == unmounts.data()] {
        start.arrive_and_wait();
        unmountOurs(ours, lazy, outcomes);
      });
    }
  }
  check(outcomes.unmounted == 100, "of two unmounts one does it");
  check(outcomes.gone == 100, "and the other finds it gone");
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::stoi(arguments[1]) : kRounds;
  const Sandbox sandbox;
  if (!sandbox.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  const std::string path = sandbox.mountpoint();
  std::filesystem::create_directory(path);
  together(path);
  for (const bool lazy : {false, true}) {
    race(path, "a tmpfs over it", coverByTmpfs, lazy, rounds / 3);
    race(path, "a tmpfs in its place", replaceByTmpfs, lazy, rounds / 3);
    race(path, "a FUSE mount in its place", replaceByFuse, lazy, rounds / 3);
  }
  return finish();
}
