// A yard for the helper: a private mount namespace with the helper installed in a folder of root's,
// and /dev/fuse and /etc/fuse.conf of its own.
#pragma once

#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "helper-run.hpp"
#include "mount/check.hpp"
#include "mount/mount-table.hpp"
#include "mount/nobody.hpp"
#include "mount/sandbox.hpp"

namespace fuseloop::test {

inline constexpr unsigned kStranger = 65533;

class Yard {
 public:
  explicit Yard(const char* helper) {
    if (!sandbox_.usable()) return;
    // A file system of our own, as /tmp may be mounted nosuid.
    usable_ = ::mount("yard", sandbox_.root().c_str(), "tmpfs", 0, "mode=755") == 0;
    std::error_code failed;
    std::filesystem::copy_file(helper, program(), failed);
    usable_ = usable_ && !failed && ::chmod(program().c_str(), 04755) == 0;
    usable_ = usable_ && openDeviceToAll(sandbox_);
    writeConf("");
    std::ofstream("/etc/fuse.conf", std::ios::app).close();
    usable_ =
        usable_ && ::mount(path("conf").c_str(), "/etc/fuse.conf", nullptr, MS_BIND, nullptr) == 0;
  }
  Yard(const Yard&) = delete;
  Yard& operator=(const Yard&) = delete;
  ~Yard() { ::umount2(sandbox_.root().c_str(), MNT_DETACH); }

  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] std::string program() const { return path("fuseloop-fusermount"); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return sandbox_.root() + "/" + name;
  }

  void writeConf(const std::string& text) const { std::ofstream(path("conf")) << text; }

  // A directory of this owner and mode.
  std::string directory(const std::string& name, unsigned owner, unsigned mode = 0755) const {
    const std::string made = path(name);
    std::filesystem::create_directory(made);
    static_cast<void>(::chown(made.c_str(), owner, owner) + ::chmod(made.c_str(), mode));
    return made;
  }

  [[nodiscard]] Ended mount(const std::string& mountpoint, const std::string& options = "",
                            unsigned user = kNobody) const {
    return run({program(), {"-o", options, "--", mountpoint}, user});
  }

  [[nodiscard]] Ended unmount(const std::vector<std::string>& arguments,
                              unsigned user = kNobody) const {
    return run({program(), arguments, user, [] {}, "-"});
  }

 private:
  Sandbox sandbox_;
  bool usable_ = false;
};

inline std::size_t mountsAt(const std::string& path) {
  return static_cast<std::size_t>(
      std::ranges::count(mount::readMountTable(), path, &mount::MountEntry::mountPoint));
}

// That the helper refuses, says so in one line with `text` in it, and sends nothing.
inline void checkRefused(const Ended& ended, const std::string& text, const std::string& sentence) {
  constexpr std::string_view kPrefix = "fuseloop-fusermount: ";
  const bool oneLine = std::ranges::count(ended.text, '\n') == 1 && ended.text.ends_with('\n');
  check(ended.status == 1 && !ended.device && oneLine && ended.text.starts_with(kPrefix) &&
            ended.text.find(text) != std::string::npos,
        sentence);
  std::printf("  %d %s", ended.status, ended.text.c_str());
}

}  // namespace fuseloop::test
