// fuseloop-fusermount: mounts FUSE file systems for users who may not, and unmounts theirs.
// The protocol is fusermount3's: options and mountpoint as arguments, the device over the socket
// that _FUSE_COMMFD names, exit status 0 or 1. It is written to be installed setuid root, so it
// executes nothing, writes no file, and reads paths with the caller's rights only (caller.hpp).
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include "helper/attach.hpp"
#include "helper/auto-unmount.hpp"
#include "helper/caller.hpp"
#include "helper/comm-socket.hpp"
#include "helper/command-line.hpp"
#include "helper/detach.hpp"
#include "helper/fuse-conf.hpp"
#include "helper/inheritance.hpp"
#include "helper/mountpoint.hpp"
#include "helper/option-list.hpp"
#include "helper/place.hpp"
#include "helper/refusal.hpp"
#include "mount/mount-table.hpp"

namespace fuseloop::helper {

namespace {

constexpr const char* kName = "fuseloop-fusermount";
constexpr const char* kUsage =
    "usage: fuseloop-fusermount [options] mountpoint\n"
    "    -o opt[,opt...]    mount options\n"
    "    -u                 unmount\n"
    "    -z                 with -u: lazily, even if it is in use\n"
    "    -q                 with -u: say nothing\n"
    "    -h                 print this help\n"
    "    -V                 print the version\n"
    "    --auto-unmount     unmount when the other end of _FUSE_COMMFD is closed\n"
    "    --mount-id ID      with --auto-unmount: which mount, by its id in mountinfo\n"
    "    --comm-fd FD       instead of _FUSE_COMMFD\n"
    "Without -u it mounts, and sends /dev/fuse over the socket _FUSE_COMMFD, as fusermount3 "
    "does.\n";

// One line whatever the caller's paths and options hold.
void say(std::string_view text) {
  constexpr std::size_t kLongest = 512;
  std::string line(text.substr(0, kLongest));
  const auto isControl = [](char character) { return static_cast<unsigned char>(character) < ' '; };
  std::ranges::replace_if(line, isControl, '?');
  std::fprintf(stderr, "%s: %s%s\n", kName, line.c_str(), text.size() > kLongest ? "..." : "");
}

void sayAll(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) say(line);
}

base::UniqueFd openChannel(const std::optional<std::string>& number) {
  if (!number) {
    throw Refusal("old style mounting not supported: _FUSE_COMMFD names no socket");
  }
  base::UniqueFd channel = adoptDescriptor(*number);
  closeOthers(channel);
  return channel;
}

// What root allows users is settled before the caller's socket or mountpoint is looked at.
MountOptions settleOptions(const CommandLine& command, const Caller& caller) {
  const FuseConf conf = caller.isRoot() ? FuseConf{} : readFuseConf();
  const bool mayAllowOther = caller.isRoot() || conf.userAllowOther;
  MountOptions options = parseOptionList(command.options, {caller.isRoot(), mayAllowOther});
  sayAll(conf.warnings);
  sayAll(options.warnings);
  if (caller.isRoot() || conf.mountMax < 0) return options;
  const auto table = mount::readMountTable();
  if (std::ranges::count_if(table, mount::isFuse) < conf.mountMax) return options;
  throw Refusal("too many FUSE filesystems mounted; mount_max=N can be set in /etc/fuse.conf");
}

void watch(const base::UniqueFd& channel, const WatchedMount& watched) {
  // Whether it will be able to, is told now.
  { const MountPrivilege needed; }
  becomeWatcher();
  unmountAtEnd(channel, watched);
}

void mountAndSend(const CommandLine& command, const std::optional<std::string>& commFd,
                  const Caller& caller) {
  const base::UniqueFd socket = openChannel(commFd);
  checkSocket(socket);
  const MountOptions options = settleOptions(command, caller);
  AttachedMount attached = attach(options, pinMountpoint(command.mountpoint, caller), caller);
  WatchedMount watched;
  try {
    if (options.autoUnmount) watched = watchedMount(mountIdOf(attached.mount), caller);
    sendDevice(socket, attached.device);
  } catch (...) {
    detachExactly(attached.mount);
    throw;
  }
  // Held any longer, the device would keep the mount alive, and the mount be busy.
  attached = {};
  if (options.autoUnmount) watch(socket, watched);
}

void watchOnly(const CommandLine& command, const std::optional<std::string>& commFd,
               const Caller& caller) {
  const base::UniqueFd channel = openChannel(commFd);
  const std::uint64_t mountId =
      command.mountId ? *command.mountId : mountIdOf(openPlace(openParent(command.mountpoint)));
  watch(channel, watchedMount(mountId, caller));
}

int perform(const CommandLine& command, const std::optional<std::string>& variable,
            const Caller& caller) {
  const std::optional<std::string>& commFd = command.commFd ? command.commFd : variable;
  switch (command.task) {
    case Task::kHelp:
      std::fputs(kUsage, stdout);
      // As fusermount3.
      return 1;
    case Task::kVersion:
      std::printf("%s version: %s\n", kName, FUSELOOP_VERSION);
      return 0;
    case Task::kMount:
      mountAndSend(command, commFd, caller);
      return 0;
    case Task::kUnmount:
      closeOthers({});
      unmountPath(command.mountpoint, command.lazy, caller);
      return 0;
    case Task::kWatch:
      watchOnly(command, commFd, caller);
      return 0;
  }
  return 1;
}

int run(int count, char** arguments) {
  bool quiet = false;
  try {
    completeStandardStreams();
    const Caller caller = becomeCaller();
    const std::optional<std::string> variable = takeEnvironment();
    const CommandLine command = parseCommandLine(count, arguments);
    quiet = command.quiet && command.task == Task::kUnmount;
    return perform(command, variable, caller);
  } catch (const std::exception& error) {
    if (!quiet) say(error.what());
  }
  return 1;
}

}  // namespace

}  // namespace fuseloop::helper

int main(int count, char** arguments) { return fuseloop::helper::run(count, arguments); }
