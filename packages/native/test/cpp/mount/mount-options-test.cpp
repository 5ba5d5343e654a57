// Tests of option checking and formatting, and of the texts of system errors. Needs no privileges.
// Build line: see check.hpp.
#include "mount/mount-options.hpp"

#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "check.hpp"
#include "mount/helper-error.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;
using fuseloop::base::SystemError;

namespace {

MountRequest withKernelOption(const std::string& option) {
  MountRequest request;
  request.mountpoint = "/mnt/x";
  request.kernelOptions = {option};
  return request;
}

void refusesInjection() {
  for (const char* option :
       {"", "max_read=1,allow_other", "a\\", "fd=3", "rootmode=1", "user_id=0", "group_id=0",
        "fsname=x", "subtype=x", "auto_unmount", "blkdev", "allow_root"}) {
    checkThrows(EINVAL, "/mnt/x", std::string("refused as kernel option: ") + option,
                [option] { checkRequest(withKernelOption(option)); });
  }
  checkThrows(EINVAL, "", "a NUL in an option is refused",
              [] { checkRequest(withKernelOption(std::string("a\0b", 3))); });
  checkThrows(EINVAL, "NUL", "a NUL in the source is refused", [] {
    MountRequest request;
    request.source = std::string("a\0b", 3);
    checkRequest(request);
  });
  checkThrows(EINVAL, "bogus", "an unknown flag is refused", [] {
    MountRequest request;
    request.flagOptions = {"bogus"};
    checkRequest(request);
  });
  checkThrows(EINVAL, "''", "an empty flag is refused", [] {
    MountRequest request;
    request.flagOptions = {""};
    checkRequest(request);
  });
  checkThrows(EINVAL, "32", "MS_REMOUNT is refused", [] {
    MountRequest request;
    request.flags = MS_REMOUNT;
    checkRequest(request);
  });
  checkRequest(withKernelOption("max_read=65536"));
  check(true, "max_read=N passes");
}

void computesFlags() {
  MountRequest request;
  check(mountFlags(request) == (MS_NOSUID | MS_NODEV), "nosuid and nodev are the default");
  request.flags = MS_RDONLY;
  request.flagOptions = {"suid", "noexec", "rw", "noatime"};
  check(mountFlags(request) == (MS_NODEV | MS_NOEXEC | MS_NOATIME), "flag options apply in order");
  checkEqual(helperOptions(request), "fsname=fuse,nodev,noexec,noatime,suid",
             "the helper is told the same flags");
}

void formats() {
  MountRequest request = withKernelOption("allow_other");
  checkEqual(mountType(request) + " " + mountSource(request), "fuse fuse", "names by default");
  request.subtype = "memfs";
  checkEqual(mountType(request) + " " + mountSource(request), "fuse.memfs memfs",
             "named by subtype");
  request.source = "a,b\\c";
  checkEqual(helperOptions(request), "fsname=a\\,b\\\\c,subtype=memfs,nosuid,nodev,allow_other",
             "comma and backslash are escaped for the helper");
  checkEqual(kernelData(request, 7, S_IFDIR, 10, 20),
             "fd=7,rootmode=40000,user_id=10,group_id=20,allow_other", "data of mount(2)");
  request.kernelOptions = {"context=" + std::string(5000, 'x')};
  checkThrows(EINVAL, "too long", "data beyond a page is refused",
              [&request] { static_cast<void>(kernelData(request, 7, S_IFDIR, 0, 0)); });
}

void describesErrors() {
  checkEqual(SystemError(ENOENT, "mount", "/mnt/x").what(),
             "ENOENT: no such file or directory, mount '/mnt/x'", "message as in Node.js");
  checkEqual(SystemError(ENOTSUP, "mount").what(), "ENOTSUP: operation not supported, mount",
             "message without a path");
  checkEqual(fuseloop::base::errnoName(999), "E999", "a number without a name");
  const HelperError busy("/m", "fusermount3: failed to unmount /m: Device or resource busy");
  check(busy.errnum == EBUSY && busy.path == "/m", "the helper's words give the errno");
  check(HelperError("/m", "fusermount3: what").errnum == EPERM, "EPERM when they give none");
  check(HelperError("/m", "").errnum == EPERM, "EPERM when there are none");
}

}  // namespace

int main() {
  refusesInjection();
  computesFlags();
  formats();
  describesErrors();
  return finish();
}
