// Users against the helper, installed setuid root: what must not be unmounted, and what the helper
// is while it waits for auto_unmount. The argument is the helper's file. Needs root and /dev/fuse.
#include "helper-yard.hpp"
#include "mount/fake-daemon.hpp"

using namespace fuseloop::test;
using fuseloop::base::UniqueFd;
using fuseloop::mount::topMountAt;

namespace {

// Waits for what must come.
bool comesTrue(const std::function<bool()>& condition) {
  constexpr int kTries = 2000;
  constexpr useconds_t kPauseUs = 10'000;
  for (int tries = 0; tries < kTries; ++tries) {
    if (condition()) return true;
    ::usleep(kPauseUs);
  }
  return false;
}

void refusesOthersMounts(const Yard& yard) {
  const std::string place = yard.directory("own", kNobody);
  const Ended mounted = yard.mount(place);
  checkRefused(yard.unmount({"-u", place}, kStranger), "another user's", "a stranger");
  checkRefused(yard.unmount({"-u", "-z", place}, kStranger), "another user's", "lazily, too");
  const Ended quiet = yard.unmount({"-u", "-q", place}, kStranger);
  check(quiet.status == 1 && quiet.text.empty(), "-q: without a word");
  const std::string disk = yard.directory("disk", kNobody);
  ::mount("disk", disk.c_str(), "tmpfs", 0, "uid=65534,mode=755");
  for (const unsigned user : {kNobody, 0U}) {
    checkRefused(yard.unmount({"-u", disk}, user), "no FUSE", "what is not FUSE");
    checkRefused(yard.unmount({"-u", "-z", disk}, user), "no FUSE", "lazily, too");
  }
  const std::string link = yard.path("link");
  std::filesystem::create_directory_symlink(place, link);
  checkRefused(yard.unmount({"-u", link}), "no FUSE", "a link to a mount");
  checkRefused(yard.unmount({"-u", yard.path("none")}), "No such file", "nothing");
  check(mountsAt(place) == 1 && mountsAt(disk) == 1, "all are still mounted");
  check(yard.unmount({"-u", place}, 0).status == 0 && mountsAt(place) == 0, "root may");
}

void busyAndLazy(const Yard& yard) {
  const std::string place = yard.directory("busy", kNobody);
  Ended mounted = yard.mount(place);
  {
    const UniqueFd user(::open(place.c_str(), O_PATH | O_CLOEXEC));
    checkRefused(yard.unmount({"-u", place}), "Device or resource busy", "a mount in use is busy");
    check(yard.unmount({"-u", "-z", place}).status == 0 && mountsAt(place) == 0, "not lazily");
  }
  mounted = yard.mount(place);
  mounted.device.reset();
  check(yard.unmount({"-u", place}).status == 0 && mountsAt(place) == 0, "a dead one is unmounted");
}

// Between the helper's look and its call, others of its kind unmount what it has seen.
void racesOverAForeignMount(const Yard& yard) {
  constexpr int kRounds = 15;
  const std::string place = yard.directory("stack", kNobody);
  ::mount("foreign", place.c_str(), "tmpfs", 0, "uid=65534,mode=755");
  int unmounted = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Ended mounted = yard.mount(place);
    std::vector<Started> racers;
    for (const char* flag : {"-u", "-uz", "-u", "-u"}) {
      racers.push_back(start({yard.program(), {flag, place}, kNobody, [] {}, "-"}));
    }
    for (Started& racer : racers) unmounted += finishRun(std::move(racer)).status == 0 ? 1 : 0;
  }
  check(mountsAt(place) == 1 && topMountAt(place)->fsType == "tmpfs", "the foreign mount stays");
  check(unmounted >= kRounds, "each of the user's mounts is unmounted");
  ::umount2(place.c_str(), MNT_DETACH);
}

Started mountWatched(const Yard& yard, const std::string& place, UniqueFd& device) {
  Started helper = start({yard.program(), {"-o", "auto_unmount", place}, kNobody, [] {
                            ::dup2(::open("/etc/passwd", O_RDONLY), 33);
                          }});
  device = receiveDevice(helper.socket.get());
  check(readAll(helper.errors.get()).empty() && device, "auto_unmount: mounted, stderr is closed");
  return helper;
}

std::string statusLine(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "";
}

void waitsWithoutRights(const Yard& yard) {
  const std::string place = yard.directory("watched", kNobody);
  UniqueFd device;
  Started helper = mountWatched(yard, place, device);
  checkEqual(statusLine(helper.pid, "Uid"), "65534\t65534\t65534\t65534", "it is the user's");
  checkEqual(statusLine(helper.pid, "CapEff"), "0000000000000000", "with no right in effect");
  checkEqual(statusLine(helper.pid, "CapPrm"), "0000000000200000", "and one in reserve");
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(helper.pid) + "/fd")) {
    ++open;
  }
  check(open == 4, "nothing is open but the standard streams and the socket");
  FakeDaemon daemon(std::move(device), {});
  ::kill(helper.pid, SIGTERM);
  check(mountsAt(place) == 1, "a signal does not end it");
  daemon.kill();
  helper.socket.reset();
  check(comesTrue([&] { return mountsAt(place) == 0; }), "it unmounts when the daemon is killed");
  check(waitForExit(helper.pid) == 0, "and ends");
}

void leavesWhatLives(const Yard& yard) {
  const std::string place = yard.directory("living", kNobody);
  UniqueFd device;
  Started helper = mountWatched(yard, place, device);
  const FakeDaemon daemon(std::move(device), {});
  // The daemon's process has a copy of it.
  ::shutdown(helper.socket.get(), SHUT_RDWR);
  check(waitForExit(helper.pid) == 0 && mountsAt(place) == 1, "a mount that is served stays");
  check(yard.unmount({"-u", "-z", place}).status == 0, "until it is unmounted");
  helper = mountWatched(yard, place, device);
  check(yard.unmount({"-u", place}).status == 0, "unmounted by its user,");
  Ended next = yard.mount(place);
  next.device.reset();
  helper.socket.reset();
  check(waitForExit(helper.pid) == 0 && mountsAt(place) <= 1, "its watcher ends");
  ::umount2(place.c_str(), MNT_DETACH);
}

void watchesByMountId(const Yard& yard) {
  const std::string place = yard.directory("by-id", kNobody);
  Ended mounted = yard.mount(place);
  const std::string id = std::to_string(topMountAt(place)->mountId);
  checkRefused(run({yard.program(), {"--auto-unmount", "--mount-id", id, place}, kStranger}),
               "not a FUSE mount of this user", "a stranger's watcher");
  Started watcher = start({yard.program(), {"--auto-unmount", "--mount-id", id, place}, kNobody});
  check(readAll(watcher.errors.get()).empty(), "a watcher of its own says that it is ready");
  mounted.device.reset();
  watcher.socket.reset();
  check(waitForExit(watcher.pid) == 0 && mountsAt(place) == 0, "and unmounts by id");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return skip("needs the helper's file");
  const Yard yard(arguments[1]);
  if (!yard.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  refusesOthersMounts(yard);
  busyAndLazy(yard);
  racesOverAForeignMount(yard);
  waitsWithoutRights(yard);
  leavesWhatLives(yard);
  watchesByMountId(yard);
  return finish();
}
