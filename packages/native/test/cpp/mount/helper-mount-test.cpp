// Tests of mounting through the real fusermount3 as an unprivileged user, or through the helper
// whose file is the first argument, in its place. Needs root to become that user, /dev/fuse and the
// package fuse3. Build line: see check.hpp.
#include <fcntl.h>

#include "check.hpp"
#include "fake-daemon.hpp"
#include "mount/connection-abort.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/helper-error.hpp"
#include "mount/helper-program.hpp"
#include "mount/mount-table.hpp"
#include "mount/ready-check.hpp"
#include "mount/unmount.hpp"
#include "nobody.hpp"
#include "sandbox.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;

namespace {

MountRequest requestFor(const std::string& mountpoint) {
  MountRequest request;
  request.mountpoint = mountpoint;
  request.source = "a,b\\c d";
  request.subtype = "te,st";
  request.kernelOptions = {"default_permissions"};
  return request;
}

void mountsAndUnmounts(const std::string& path) {
  MountRequest request = requestFor(path);
  request.flagOptions = {"noexec", "noatime"};
  MountedDevice mounted = mountFuse(request);
  check(mounted.way.viaHelper && mounted.mountpoint == path, "mounted by the helper");
  check((::fcntl(mounted.device.get(), F_GETFD) & FD_CLOEXEC) != 0, "the device is close-on-exec");
  const MountEntry entry = topMountAt(path).value();
  check(entry.mountId == mounted.identity.mountId && entry.devMinor == mounted.connection,
        "id, connection");
  checkEqual(entry.fsType + " " + entry.source, "fuse.te,st a,b\\c d", "type and source");
  checkEqual(entry.options, "rw,nosuid,nodev,noexec,noatime", "flags");
  checkEqual(entry.superOptions, "rw,user_id=65534,group_id=65534,default_permissions", "options");
  FakeDaemon daemon(std::move(mounted.device), {});
  waitUntilAnswering(path);
  {
    const fuseloop::base::UniqueFd user(::open(path.c_str(), O_PATH | O_CLOEXEC));
    checkThrows(EBUSY, "fusermount3", "a mount in use is busy", [&] {
      unmountFuse(mounted.identity, path, false, {true, ""});
    });
  }
  check(unmountFuse(mounted.identity, path, false, {true, ""}) == UnmountResult::kUnmounted,
        "unmounted");
  check(daemon.join(), "the daemon's read ends after the unmount");
  check(unmountFuse(mounted.identity, path, false, {true, ""}) == UnmountResult::kAlreadyGone,
        "gone");
  check(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD, "no helper is left behind");
}

void unmountsLazily(const std::string& path) {
  MountedDevice mounted = mountFuse(requestFor(path));
  const fuseloop::base::UniqueFd device(::fcntl(mounted.device.get(), F_DUPFD_CLOEXEC, 0));
  FakeDaemon daemon(std::move(mounted.device), {});
  {
    const fuseloop::base::UniqueFd user(::open(path.c_str(), O_PATH | O_CLOEXEC));
    unmountPath(path, true);
    check(!topMountAt(path), "a mount in use is unmounted lazily");
    check(abortConnection(mounted.connection, device.get()), "its owner may abort the connection");
  }
  check(daemon.join(), "its daemon ends");
}

void unmountsADeadMount(const std::string& path) {
  MountedDevice mounted = mountFuse(requestFor(path));
  mounted.device.reset();
  MountedDevice next = mountFuse(requestFor(path));
  check(topMountAt(path)->mountId == next.identity.mountId,
        "a dead mount of the same subtype is replaced");
  next.device.reset();
  unmountPath(path, false);
  check(!topMountAt(path), "a dead mount is unmounted by the helper");
}

void reportsRefusals(const std::string& path, const std::string& foreign) {
  MountRequest request = requestFor(path);
  request.kernelOptions = {"allow_other"};
  checkThrows(EPERM, "user_allow_other", "allow_other is refused",
              [&] { static_cast<void>(mountFuse(request)); });
  checkThrows(EACCES, "fusermount3", "somebody else's directory",
              [&] { static_cast<void>(mountFuse(requestFor(foreign))); });
  request = requestFor(path);
  request.kernelOptions = {"no_such_option"};
  checkThrows(EINVAL, "no_such_option", "an option unknown to the kernel",
              [&] { static_cast<void>(mountFuse(request)); });
  checkThrows(ENOENT, "mount '", "a missing mountpoint is not left to the helper",
              [&] { static_cast<void>(mountFuse(requestFor(path + "/no"))); });
  check(!topMountAt(path), "refusals leave nothing behind");
}

// Setuid root, in a file system of its own, as /tmp may be mounted nosuid.
bool installOver(const std::string& helper, const char* file, const Sandbox& sandbox) {
  const std::string folder = sandbox.root() + "/bin";
  const std::string installed = folder + "/helper";
  std::filesystem::create_directory(folder);
  return ::mount("bin", folder.c_str(), "tmpfs", 0, "mode=755") == 0 &&
         std::filesystem::copy_file(file, installed) && ::chmod(installed.c_str(), 04755) == 0 &&
         ::mount(installed.c_str(), helper.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

// Where no fusermount3 is: ours, beside the program, once it has a right to mount.
void findsTheHelperBeside(const std::filesystem::path& program, const char* file) {
  const auto beside = program.parent_path() / "fuseloop-fusermount";
  const auto find = [] { return findHelper(initialEnvironment()); };
  std::filesystem::copy_file(file, beside);
  ::chmod(program.parent_path().c_str(), 0711);
  checkEqual(find(), beside, "a privileged process takes the helper beside it");
  asNobody("helper beside", [&] {
    check(find().empty(), "without privilege it is of no use");
    check(adviceOnHelpers().find(beside) != std::string::npos, "but named in the advice");
  });
  ::chmod(beside.c_str(), 04755);
  asNobody("setuid helper beside", [&] { checkEqual(find(), beside, "setuid root it is"); });
  checkEqual(findHelper({"FUSELOOP_MOUNT_HELPER=/x"}), "/x", "the environment's wins");
}

}  // namespace

int main(int count, char** arguments) {
  const Sandbox sandbox;
  if (!sandbox.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  const std::string helper = findHelper(initialEnvironment());
  if (helper.empty()) return skip("fusermount3 is not installed");
  if (count > 1)
    check(installOver(helper, arguments[1], sandbox), "another helper is in its place");
  const std::string path = sandbox.mountpoint();
  const std::string foreign = sandbox.root() + "/foreign";
  std::filesystem::create_directory(path);
  std::filesystem::create_directory(foreign);
  check(::chown(path.c_str(), kNobody, kNobody) == 0, "the mountpoint is nobody's");
  check(openDeviceToAll(sandbox), "/dev/fuse is open to all");
  ::mount("/dev/null", "/etc/fuse.conf", nullptr, MS_BIND, nullptr);
  asNobody("mount and unmount", [&] { mountsAndUnmounts(path); });
  asNobody("lazy unmount", [&] { unmountsLazily(path); });
  asNobody("dead mount", [&] { unmountsADeadMount(path); });
  asNobody("refusals", [&] { reportsRefusals(path, foreign); });
  ::mount("/dev/null", helper.c_str(), nullptr, MS_BIND, nullptr);
  asNobody("missing helper", [&] {
    checkThrows(ENOENT, "package fuse3", "a missing helper names its package",
                [&] { static_cast<void>(mountFuse(requestFor(path))); });
  });
  if (count > 1) findsTheHelperBeside(arguments[0], arguments[1]);
  while (::umount2(helper.c_str(), MNT_DETACH) == 0) {
  }
  ::umount2("/dev/fuse", MNT_DETACH);
  return finish();
}
