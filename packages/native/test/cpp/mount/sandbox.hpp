// A private mount namespace with fusectl and an empty directory: all mounts of a test vanish with
// its process. Anything that hangs is ended by SIGALRM.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace fuseloop::test {

/** Of what hangs: less than who runs the test waits, however slow the machine is. */
inline constexpr unsigned kDeadlineS = 240;

class Sandbox {
 public:
  Sandbox() {
    ::alarm(kDeadlineS);
    std::string name = "/tmp/fuseloop-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) root_ = name;
    usable_ = !root_.empty() && ::geteuid() == 0 && ::access("/dev/fuse", R_OK | W_OK) == 0 &&
              ::unshare(CLONE_NEWNS) == 0 &&
              ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (usable_) ::mount("none", "/sys/fs/fuse/connections", "fusectl", 0, nullptr);
    if (usable_) ::chmod(root_.c_str(), 0755);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() {
    while (!root_.empty() && ::umount2(mountpoint().c_str(), MNT_DETACH) == 0) {
    }
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string mountpoint() const { return root_ + "/mnt"; }

 private:
  std::string root_;
  bool usable_ = false;
};

}  // namespace fuseloop::test
