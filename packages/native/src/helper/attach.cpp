// By system call numbers: glibc has these functions since 2.36 only, in a header that does not
// agree with <linux/mount.h>.
#include "helper/attach.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

constexpr const char* kDevice = "/dev/fuse";

base::UniqueFd openDevice() {
  base::UniqueFd device(::open(kDevice, O_RDWR | O_CLOEXEC));
  if (device) return device;
  if (errno == ENODEV || errno == ENOENT || errno == ENXIO) {
    throw Refusal(std::string(kDevice) + " is not there: the kernel's fuse module is not loaded",
                  errno);
  }
  throw Refusal(std::string("failed to open ") + kDevice, errno);
}

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%o", mode);
  return text.data();
}

// A file system that is being made. What it objects to can be read from its descriptor (kernel
// Documentation/filesystems/mount_api.rst).
class NewSuperblock {
 public:
  NewSuperblock() : context_(static_cast<int>(::syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC))) {
    if (context_) return;
    const int errnum = errno;
    if (errnum == ENOSYS) throw Refusal("mount failed: Linux 5.4 or later is needed", errnum);
    throw Refusal("mount failed", errnum);
  }

  void set(const Parameter& parameter) {
    const bool isFlag = parameter.value.empty();
    configure(isFlag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, parameter.name.c_str(),
              isFlag ? nullptr : parameter.value.c_str());
  }

  // The superblock as a mount that is nowhere yet.
  base::UniqueFd create(std::uint64_t attributes) {
    configure(FSCONFIG_CMD_CREATE, nullptr, nullptr);
    base::UniqueFd mount(
        static_cast<int>(::syscall(SYS_fsmount, context_.get(), FSMOUNT_CLOEXEC, attributes)));
    if (!mount) fail(errno);
    return mount;
  }

 private:
  void configure(unsigned command, const char* name, const char* value) {
    if (::syscall(SYS_fsconfig, context_.get(), command, name, value, 0) != 0) fail(errno);
  }

  // One message a read: its kind, a space, the text.
  [[noreturn]] void fail(int errnum) {
    std::array<char, 256> message{};
    const ssize_t length = ::read(context_.get(), message.data(), message.size());
    std::string words;
    if (length > 2) words.assign(message.data() + 2, static_cast<std::size_t>(length) - 2);
    while (words.ends_with('\n')) words.pop_back();
    throw Refusal("mount failed" + (words.empty() ? words : ": " + words), errnum);
  }

  base::UniqueFd context_;
};

std::string sourceOf(const MountOptions& options) {
  if (!options.fsname.empty()) return options.fsname;
  return options.subtype.empty() ? kDevice : options.subtype;
}

}  // namespace

AttachedMount attach(const MountOptions& options, const Mountpoint& mountpoint,
                     const Caller& caller) {
  AttachedMount attached;
  attached.device = openDevice();
  const MountPrivilege privilege;
  NewSuperblock superblock;
  superblock.set({"source", sourceOf(options)});
  if (!options.subtype.empty()) superblock.set({"subtype", options.subtype});
  superblock.set({"fd", std::to_string(attached.device.get())});
  superblock.set({"rootmode", octal(mountpoint.type)});
  superblock.set({"user_id", std::to_string(caller.user)});
  superblock.set({"group_id", std::to_string(caller.group)});
  for (const Parameter& parameter : options.parameters) superblock.set(parameter);
  attached.mount = superblock.create(options.attributes);
  if (::syscall(SYS_move_mount, attached.mount.get(), "", mountpoint.pinned.get(), "",
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    throw Refusal("mount failed", errno);
  }
  return attached;
}

}  // namespace fuseloop::helper
