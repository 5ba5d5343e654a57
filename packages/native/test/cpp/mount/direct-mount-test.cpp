// Tests of mount(2), unmounting, aborting and the ready check against the kernel. Needs root and
// /dev/fuse. Build line: see check.hpp.
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "check.hpp"
#include "fake-daemon.hpp"
#include "mount/connection-abort.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/mount-table.hpp"
#include "mount/ready-check.hpp"
#include "mount/unmount.hpp"
#include "sandbox.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;

namespace {

MountRequest requestFor(const std::string& mountpoint) {
  MountRequest request;
  request.mountpoint = mountpoint;
  request.source = "my #src,x";
  request.subtype = "test";
  request.kernelOptions = {"default_permissions", "max_read=65536"};
  return request;
}

void refusesBadMountpoints(const Sandbox& sandbox) {
  const std::string file = sandbox.root() + "/file";
  ::close(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  const auto mountAt = [](const std::string& path) { return mountFuse(requestFor(path)); };
  checkThrows(ENOENT, "mount '", "a missing mountpoint", [&] { mountAt(sandbox.root() + "/no"); });
  checkThrows(ENOTDIR, "mount '", "a file as mountpoint", [&] { mountAt(file); });
  checkThrows(ENOTDIR, "mount '", "a path through a file", [&] { mountAt(file + "/x"); });
  MountRequest request = requestFor(sandbox.mountpoint());
  request.kernelOptions = {"no_such_option"};
  checkThrows(EINVAL, "refused by the kernel", "an option unknown to the kernel",
              [&] { static_cast<void>(mountFuse(request)); });
  check(!topMountAt(sandbox.mountpoint()), "a refused mount leaves nothing behind");
}

void mountsAndUnmounts(const Sandbox& sandbox) {
  const std::string link = sandbox.root() + "/link";
  check(::symlink("mnt", link.c_str()) == 0, "a symbolic link to the mountpoint exists");
  MountRequest request = requestFor(link + "/../mnt/.");
  request.flagOptions = {"noexec", "ro", "rw"};
  MountedDevice mounted = mountFuse(request);
  checkEqual(mounted.mountpoint, sandbox.mountpoint(), "the mountpoint is resolved");
  check(!mounted.way.viaHelper && mounted.connection != 0, "mounted without the helper");
  check((::fcntl(mounted.device.get(), F_GETFD) & FD_CLOEXEC) != 0, "the device is close-on-exec");
  const MountEntry entry = topMountAt(sandbox.mountpoint()).value();
  check(entry.mountId == mounted.identity.mountId && entry.devMinor == mounted.connection,
        "mount id and connection are those of the mount table");
  checkEqual(entry.fsType + " " + entry.source, "fuse.test my #src,x", "type and source");
  checkEqual(entry.options, "rw,nosuid,nodev,noexec,relatime", "flags");
  checkEqual(entry.superOptions, "rw,user_id=0,group_id=0,default_permissions,max_read=65536",
             "options of FUSE");
  FakeDaemon daemon(std::move(mounted.device), {});
  waitUntilAnswering(mounted.mountpoint);
  waitUntilAnswering(mounted.mountpoint);
  struct stat status {};
  check(::stat(link.c_str(), &status) == 0 && status.st_dev == makedev(0, mounted.connection),
        "the connection is the minor number of st_dev");
  {
    const fuseloop::base::UniqueFd user(::open(mounted.mountpoint.c_str(), O_PATH | O_CLOEXEC));
    checkThrows(EBUSY, "umount2", "a mount in use is busy",
                [&] { unmountFuse(mounted.identity, mounted.mountpoint, false, {}); });
  }
  check(unmountFuse(mounted.identity, link, false, {}) == UnmountResult::kUnmounted,
        "unmounted by a symbolic link to it");
  check(daemon.join(), "the daemon's read ends after the unmount");
  check(unmountFuse(mounted.identity, mounted.mountpoint, false, {}) == UnmountResult::kAlreadyGone,
        "a second unmount finds it gone");
  const fuseloop::base::UniqueFd unused(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  check(!abortConnection(mounted.connection, unused.get()),
        "a connection is not aborted by who is not attached to it");
}

void leavesOtherMountsAlone(const Sandbox& sandbox) {
  const std::string path = sandbox.mountpoint();
  MountedDevice mounted = mountFuse(requestFor(path));
  FakeDaemon daemon(std::move(mounted.device), {});
  check(::mount("none", path.c_str(), "tmpfs", 0, nullptr) == 0, "a tmpfs covers the mount");
  checkThrows(EINVAL, "covers", "a covered mount is not unmounted",
              [&] { unmountFuse(mounted.identity, path, true, {}); });
  checkThrows(EINVAL, "tmpfs", "a tmpfs is not unmounted by path",
              [&] { unmountPath(path, true); });
  ::umount2(path.c_str(), 0);
  const std::string other = sandbox.root() + "/other";
  std::filesystem::create_directory(other);
  check(::mount(path.c_str(), other.c_str(), nullptr, MS_MOVE, nullptr) == 0, "the mount is moved");
  checkThrows(EINVAL, "moved to", "a moved mount is not unmounted by its old path",
              [&] { unmountFuse(mounted.identity, path, true, {}); });
  unmountPath(sandbox.root() + "/mnt/../other/", true);
  check(!topMountAt(other), "unmounted by path with dots");
  checkThrows(EINVAL, "nothing is mounted", "nothing to unmount",
              [&] { unmountPath(other, true); });
  checkThrows(ENOENT, "umount2", "a path that is not there",
              [&] { unmountPath(sandbox.root() + "/no", true); });
}

void stacksAMount(const Sandbox& sandbox) {
  const std::string path = sandbox.mountpoint();
  MountedDevice lower = mountFuse(requestFor(path));
  FakeDaemon lowerDaemon(std::move(lower.device), {});
  MountedDevice upper = mountFuse(requestFor(path));
  FakeDaemon upperDaemon(std::move(upper.device), {});
  check(lower.identity.mountId != upper.identity.mountId && lower.connection != upper.connection,
        "a mount over a mount is one of its own");
  checkThrows(EINVAL, "covers", "the lower of two mounts is refused",
              [&] { unmountFuse(lower.identity, path, true, {}); });
  check(unmountFuse(upper.identity, path, true, {}) == UnmountResult::kUnmounted, "upper first");
  check(unmountFuse(lower.identity, path, true, {}) == UnmountResult::kUnmounted, "then lower");
  check(lowerDaemon.join() && upperDaemon.join(), "both daemons end");
}

void copesWithADeadMount(const Sandbox& sandbox) {
  const std::string path = sandbox.mountpoint();
  MountedDevice mounted = mountFuse(requestFor(path));
  mounted.device.reset();
  checkThrows(ENOTCONN, "stat", "the ready check of a dead mount",
              [&] { waitUntilAnswering(path); });
  fuseloop::mount::MountRequest other = requestFor(path);
  other.subtype = "other";
  checkThrows(ENOTCONN, "another filesystem", "mounting over another filesystem's dead mount",
              [&] { static_cast<void>(mountFuse(other)); });
  MountedDevice next = mountFuse(requestFor(path));
  check(topMountAt(path)->mountId == next.identity.mountId,
        "a dead mount of the same subtype is replaced");
  next.device.reset();
  checkEqual(resolveMountpoint(sandbox.root() + "/link", "mount"), path,
             "a dead mountpoint is resolved");
  unmountPath(sandbox.root() + "/link", false);
  check(!topMountAt(path), "a dead mount is unmounted by a symbolic link");
}

void readyCheck(const Sandbox& sandbox) {
  const std::string path = sandbox.mountpoint();
  for (const int errnum : {EIO, EACCES, ENOENT, ENOSYS}) {
    MountedDevice mounted = mountFuse(requestFor(path));
    const FakeDaemon daemon(std::move(mounted.device), {0, errnum});
    waitUntilAnswering(path);
    check(true, fuseloop::base::errnoName(errnum) + " from the file system is an answer");
    unmountPath(path, false);
  }
  MountedDevice mounted = mountFuse(requestFor(path));
  const FakeDaemon daemon(std::move(mounted.device), {EPROTO, 0});
  checkThrows(ECONNREFUSED, "stat", "a refused INIT is no answer",
              [&] { waitUntilAnswering(path); });
  unmountPath(path, true);
}

void abortsASilentDaemon(const Sandbox& sandbox) {
  const std::string path = sandbox.mountpoint();
  MountedDevice mounted = mountFuse(requestFor(path));
  // Holds the device and never answers, so that only the abort can free the client.
  const pid_t client = ::fork();
  if (client == 0) {
    mounted.device.reset();
    try {
      waitUntilAnswering(path);
    } catch (const fuseloop::base::SystemError& error) {
      ::_exit(error.errnum);
    }
    ::_exit(0);
  }
  std::array<char, 16384> buffer;
  check(::read(mounted.device.get(), buffer.data(), buffer.size()) > 0, "INIT is read");
  check(topMountAt(path).has_value(), "the table is read while the daemon is silent");
  check(abortConnection(mounted.connection, mounted.device.get()), "the connection is aborted");
  int status = 0;
  ::waitpid(client, &status, 0);
  const int errnum = WEXITSTATUS(status);
  check(errnum == ECONNABORTED || errnum == ENOTCONN || errnum == ECONNREFUSED,
        "the waiting client is freed with " + fuseloop::base::errnoName(errnum));
  check(::read(mounted.device.get(), buffer.data(), buffer.size()) < 0 && errno == ENODEV,
        "the device reports the end");
  check(unmountFuse(mounted.identity, path, true, {}) == UnmountResult::kUnmounted,
        "an aborted mount is unmounted");
  check(!abortConnection(mounted.connection, mounted.device.get()),
        "nor is one that is over, whose number may be another's by now");
}

}  // namespace

int main() {
  const Sandbox sandbox;
  if (!sandbox.usable()) return skip("needs root, /dev/fuse and a mount namespace of its own");
  std::filesystem::create_directory(sandbox.mountpoint());
  refusesBadMountpoints(sandbox);
  mountsAndUnmounts(sandbox);
  leavesOtherMountsAlone(sandbox);
  stacksAMount(sandbox);
  copesWithADeadMount(sandbox);
  readyCheck(sandbox);
  abortsASilentDaemon(sandbox);
  return finish();
}
