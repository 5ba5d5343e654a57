// Tests of what an unprivileged user gets: parts that run as nobody, in a child process.
#pragma once

#include <grp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "check.hpp"
#include "mount/privilege.hpp"
#include "sandbox.hpp"

namespace fuseloop::test {

inline constexpr unsigned kNobody = 65534;

// The helper opens /dev/fuse as the user, as udev makes it anybody's; it may be root's in a
// container.
inline bool openDeviceToAll(const Sandbox& sandbox) {
  const std::string device = sandbox.root() + "/device";
  struct stat status {};
  return ::stat("/dev/fuse", &status) == 0 &&
         ::mknod(device.c_str(), S_IFCHR, status.st_rdev) == 0 &&
         ::chmod(device.c_str(), 0666) == 0 &&
         ::mount(device.c_str(), "/dev/fuse", nullptr, MS_BIND, nullptr) == 0;
}

// Runs the action in a child process that is nobody; its checks are printed and counted as one.
inline void asNobody(const std::string& name, const std::function<void()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    tally() = {};
    if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0) {
      ::_exit(1);
    }
    check(!mount::hasMountPrivilege(), "nobody has no privilege to mount");
    try {
      action();
    } catch (const std::exception& error) {
      check(false, error.what());
    }
    ::_exit(tally().failed == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "as nobody: " + name);
}

}  // namespace fuseloop::test
