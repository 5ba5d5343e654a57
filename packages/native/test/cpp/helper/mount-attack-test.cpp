// Users against the helper, installed setuid root: what must not be mounted, and where. The
// argument is the helper's file. Needs root and /dev/fuse.
#include <netinet/in.h>
#include <sys/xattr.h>

#include "helper-yard.hpp"

using namespace fuseloop::test;
using fuseloop::base::UniqueFd;
using fuseloop::mount::topMountAt;

namespace {

void mountsAsAsked(const Yard& yard) {
  const std::string place = yard.directory("own", kNobody);
  Ended ended = yard.mount(place, "fsname=a\\,b\\\\c\nd e,subtype=s\\,u,suid,dev,noexec,noatime");
  check(ended.status == 0 && ended.device, "a user mounts on a directory of his");
  const auto entry = topMountAt(place).value();
  checkEqual(entry.fsType + " " + entry.source, "fuse.s,u a,b\\c\nd e", "type and source");
  checkEqual(entry.options, "rw,nosuid,nodev,noexec,noatime", "neither suid nor dev");
  checkEqual(entry.superOptions, "rw,user_id=65534,group_id=65534", "as himself");
  check(yard.unmount({"-u", place + "//"}).status == 0 && mountsAt(place) == 0, "and unmounts it");
  const std::string file = yard.path("file");
  std::ofstream(file).close();
  checkRefused(yard.mount(file), "no write access", "a file of root's is no mountpoint");
  static_cast<void>(::chown(file.c_str(), kNobody, kNobody));
  ended = yard.mount(file, "ro");
  check(ended.status == 0 && mountsAt(file) == 1, "a file of the user's is one");
  check(topMountAt(file)->superOptions.starts_with("ro,"), "read only");
  check(yard.unmount({"-u", "-z", file}).status == 0 && mountsAt(file) == 0, "unmounted lazily");
}

void refusesPlaces(const Yard& yard) {
  checkRefused(yard.mount(yard.directory("roots", 0)), "no write access", "root's directory");
  checkRefused(yard.mount(yard.directory("sticky", 0, 01777)), "not owned", "a sticky directory");
  const std::string shared = yard.directory("shared", 0, 0777);
  check(yard.mount(shared).status == 0, "one that all may write, as the user could empty it");
  static_cast<void>(yard.unmount({"-u", shared}));
  const std::string link = yard.path("link");
  std::filesystem::create_directory_symlink(shared, link);
  checkRefused(yard.mount(link), "not a directory", "a symbolic link");
  checkRefused(yard.mount(link + "/"), "not a directory", "a symbolic link with a slash");
  checkRefused(yard.mount(yard.path("none")), "No such file", "a missing directory");
  const std::string hidden = yard.directory("hidden", kNobody);
  yard.directory("hidden/in", kNobody);
  ::chmod(hidden.c_str(), 0);
  checkRefused(yard.mount(hidden + "/in"), "Permission denied", "a way the user may not go");
  const std::string queues = yard.directory("queues", kNobody);
  if (::mount("q", queues.c_str(), "mqueue", 0, nullptr) == 0) {
    static_cast<void>(::chown(queues.c_str(), kNobody, kNobody));
    checkRefused(yard.mount(queues), "type 0x19800202 is forbidden", "a system's file system");
    ::umount2(queues.c_str(), MNT_DETACH);
  }
}

// The user swaps the directory for a link to root's all the time.
void swapsTheMountpoint(const Yard& yard) {
  constexpr int kRuns = 60;
  // Until the helper has met both, which depends on when the swapper runs.
  constexpr int kMostRuns = 10'000;
  const std::string home = yard.directory("home", kNobody);
  const std::string target = yard.directory("target", 0);
  const std::string place = home + "/place";
  const std::string other = home + "/other";
  const pid_t swapper = ::fork();
  if (swapper == 0) {
    becomeUser(kNobody);
    ::mkdir(place.c_str(), 0755);
    static_cast<void>(::symlink(target.c_str(), other.c_str()));
    for (;;) ::renameat2(AT_FDCWD, place.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
  }
  int mounted = 0;
  int runs = 0;
  while (runs < kRuns || ((mounted == 0 || mounted == runs) && runs < kMostRuns)) {
    ++runs;
    if (yard.mount(place).status != 0) continue;
    // A directory that is mounted on is not renamed.
    ::umount2(place.c_str(), MNT_DETACH);
    ::umount2(other.c_str(), MNT_DETACH);
    ++mounted;
  }
  ::kill(swapper, SIGKILL);
  ::waitpid(swapper, nullptr, 0);
  std::printf("  mounted %d times of %d\n", mounted, runs);
  check(mounted > 0 && mounted < runs && mountsAt(target) == 0,
        "a mountpoint swapped for a link never leads to root's directory");
}

void obeysTheConf(const Yard& yard) {
  const std::string place = yard.directory("conf-place", kNobody);
  checkRefused(yard.mount(place, "allow_other"), "'user_allow_other'", "allow_other by default");
  yard.writeConf("user_allow_other\n");
  const Ended allowed = yard.mount(place, "allow_other");
  check(allowed.status == 0 && topMountAt(place)->superOptions.ends_with(",allow_other"),
        "allow_other where root allows it");
  yard.writeConf("mount_max = 1\n");
  const std::string next = yard.directory("next", kNobody);
  checkRefused(yard.mount(next), "too many FUSE filesystems mounted", "more than mount_max");
  check(yard.mount(next, "", 0).status == 0, "which does not bind root");
  static_cast<void>(yard.unmount({"-u", next}, 0));
  static_cast<void>(yard.unmount({"-u", place}));
  yard.writeConf("");
}

void refusesArguments(const Yard& yard) {
  const std::string place = yard.directory("plain", kNobody);
  checkRefused(yard.mount(place, std::string(100'000, 'a')), "unknown option", "100 kB of option");
  checkRefused(yard.mount(place, "fsname=" + std::string(100'000, '\\')), "longer than 255",
               "100 kB of backslashes");
  checkRefused(yard.mount(place, "a\nb"), "'a?b'", "an option of two lines is told in one");
  checkRefused(yard.mount(place, "fsname=" + std::string(5000, 'n')), "longer than 255 bytes",
               "5 kB of fsname");
  checkRefused(yard.mount(place, "max_read=9999999999"), "Bad value for 'max_read'",
               "what the kernel refuses, in its words");
  checkRefused(run({yard.program(), {}}), "missing mountpoint", "no mountpoint");
  checkRefused(run({yard.program(), {place, place}}), "extra arguments", "two mountpoints");
  checkRefused(run({yard.program(), {"-z", place}}), "-z can only", "-z without -u");
  checkRefused(run({yard.program(), {"-x", place}}), "unknown option -x", "an unknown option");
  checkRefused(run({yard.program(), {""}}), "empty path", "an empty mountpoint");
  checkRefused(run({yard.program(), {"/"}}), "it is the root", "the root");
  check(mountsAt(place) == 0, "nothing is mounted by any of these");
}

void refusesChannels(const Yard& yard) {
  const std::string place = yard.directory("channels", kNobody);
  const auto with = [&](
                        const std::string& number, std::function<void()> prepare = [] {}) {
    return run({yard.program(), {place}, kNobody, std::move(prepare), number});
  };
  checkRefused(with("-"), "_FUSE_COMMFD", "no _FUSE_COMMFD");
  for (const char* number : {"", "x", "-3", "3x", "99999999999", " 3"}) {
    if (*number != 0) checkRefused(with(number), "invalid _FUSE_COMMFD", "no number");
  }
  checkRefused(with("777"), "Bad file descriptor", "a closed one");
  checkRefused(with("8", [] { ::dup2(::open("/dev/null", O_RDWR), 8); }), "not a socket", "a file");
  checkRefused(with("8", [] { ::dup2(::socket(AF_INET, SOCK_STREAM, 0), 8); }), "not a UNIX socket",
               "a TCP socket");
  std::array<int, 2> gate{};
  check(::pipe2(gate.data(), O_CLOEXEC) == 0, "a pipe that holds the helper up");
  const UniqueFd held(gate[0]);
  UniqueFd opener(gate[1]);
  Started left = start({yard.program(), {place}, kNobody, [&gate] {
                          ::close(gate[1]);
                          static_cast<void>(readAll(gate[0]));
                        }});
  left.socket.reset();
  opener.reset();
  checkRefused({waitForExit(left.pid), readAll(left.errors.get()), {}}, "failed to send",
               "a client that has gone");
  check(mountsAt(place) == 0, "whose mount is taken back, as all others");
  const Ended blind = run({yard.program(), {place}, kNobody, [] {
                             for (int stream = 0; stream < 3; ++stream) ::close(stream);
                           }});
  check(blind.status == 0 && blind.device, "closed standard streams do no harm");
  static_cast<void>(yard.unmount({"-u", place}));
}

// vfs_cap_data of version 2: cap_sys_admin, permitted and effective.
bool installByCapability(const std::string& program) {
  constexpr std::array<std::uint32_t, 5> kData{0x02000001, 1U << 21, 0, 0, 0};
  return ::chmod(program.c_str(), 0755) == 0 &&
         ::setxattr(program.c_str(), "security.capability", kData.data(), sizeof kData, 0) == 0;
}

void installations(const Yard& yard) {
  const std::string place = yard.directory("by-capability", kNobody);
  ::chmod(yard.program().c_str(), 0755);
  checkRefused(yard.mount(place), "setuid root", "without any right it says what it lacks");
  if (!installByCapability(yard.program())) return;
  check(yard.mount(place).status == 0 && mountsAt(place) == 1, "the capability alone does");
  checkRefused(yard.mount(yard.directory("roots2", 0)), "no write access", "for his own places");
  check(yard.unmount({"-u", place}).status == 0 && mountsAt(place) == 0, "both ways");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return skip("needs the helper's file");
  const Yard yard(arguments[1]);
  if (!yard.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  mountsAsAsked(yard);
  refusesPlaces(yard);
  swapsTheMountpoint(yard);
  obeysTheConf(yard);
  refusesArguments(yard);
  refusesChannels(yard);
  installations(yard);
  return finish();
}
