// Command lines of fusermount3 and the meaning of its answers (libfuse util/fusermount.c).
// No auto_unmount: with it the helper would stay and hold on to its socket.
#include "mount/fusermount-client.hpp"

#include <chrono>

#include "mount/helper-error.hpp"
#include "mount/helper-process.hpp"
#include "mount/mount-options.hpp"

namespace fuseloop::mount {

namespace {

constexpr std::chrono::seconds kMountLimit{10};
constexpr std::chrono::seconds kUnmountLimit{30};

}  // namespace

base::UniqueFd mountByHelper(const MountRequest& request, const std::string& mountpoint) {
  HelperOutcome outcome =
      runHelper({{"-o", helperOptions(request), "--", mountpoint}, request.helper}, true,
                mountpoint, kMountLimit);
  if (!outcome.succeeded || !outcome.received) throw HelperError(mountpoint, outcome.errorText);
  return std::move(outcome.received);
}

void unmountByHelper(const std::string& mountpoint, bool lazy, const std::string& helper) {
  std::vector<std::string> arguments{"-u"};
  if (lazy) arguments.emplace_back("-z");
  arguments.insert(arguments.end(), {"--", mountpoint});
  const HelperOutcome outcome = runHelper({arguments, helper}, false, mountpoint, kUnmountLimit);
  if (!outcome.succeeded) throw HelperError(mountpoint, outcome.errorText);
}

}  // namespace fuseloop::mount
