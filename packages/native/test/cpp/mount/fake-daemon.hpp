// A FUSE daemon for tests in a child process: answers INIT and then GETATTR of the root, nothing
// else. It is a process of its own, so that killing it ends the connection whatever the test's
// threads wait for.
#pragma once

#include <linux/fuse.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/unique-fd.hpp"

namespace fuseloop::test {

struct DaemonScript {
  // Answers to INIT and GETATTR: 0 or an errno.
  int initError = 0;
  int attributesError = 0;
};

class FakeDaemon {
 public:
  // Takes the device over: the test process itself must not keep the connection alive.
  FakeDaemon(base::UniqueFd device, DaemonScript script) : script_(script) {
    child_ = ::fork();
    if (child_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(device.get());
    ::_exit(0);
  }
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon() { kill(); }

  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    join();
  }

  // Waits until it ends by itself, that is until the connection ended.
  bool join() {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  static void reply(int device, std::uint64_t unique, int error, const void* body,
                    std::size_t length) {
    fuse_out_header header{};
    header.unique = unique;
    header.error = -error;
    const std::size_t bodyLength = error == 0 ? length : 0;
    header.len = static_cast<std::uint32_t>(sizeof header + bodyLength);
    const std::array<iovec, 2> parts{
        {{&header, sizeof header}, {const_cast<void*>(body), bodyLength}}};
    static_cast<void>(::writev(device, parts.data(), 2) < 0);
  }

  void answer(int device, const fuse_in_header& request) const {
    if (request.opcode == FUSE_INIT) {
      fuse_init_out init{};
      init.major = FUSE_KERNEL_VERSION;
      init.minor = 31;
      init.max_write = 4096;
      reply(device, request.unique, script_.initError, &init, sizeof init);
    } else if (request.opcode == FUSE_GETATTR) {
      fuse_attr_out attributes{};
      attributes.attr.ino = 1;
      attributes.attr.nlink = 2;
      attributes.attr.mode = S_IFDIR | 0755;
      attributes.attr_valid = 60;
      reply(device, request.unique, script_.attributesError, &attributes, sizeof attributes);
    } else if (request.opcode != FUSE_FORGET && request.opcode != FUSE_BATCH_FORGET) {
      reply(device, request.unique, ENOSYS, nullptr, 0);
    }
  }

  void serve(int device) const {
    alignas(fuse_in_header) static std::array<char, 16384> buffer;
    for (;;) {
      const ssize_t length = ::read(device, buffer.data(), buffer.size());
      if (length < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
      if (length < static_cast<ssize_t>(sizeof(fuse_in_header))) return;
      fuse_in_header request;
      std::memcpy(&request, buffer.data(), sizeof request);
      answer(device, request);
    }
  }

  DaemonScript script_;
  pid_t child_ = -1;
};

}  // namespace fuseloop::test
