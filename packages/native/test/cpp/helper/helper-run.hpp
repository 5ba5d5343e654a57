// One run of the mount helper under test by a user, as libfuse's clients run it.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique-fd.hpp"

namespace fuseloop::test {

struct Run {
  std::string program;
  std::vector<std::string> arguments;
  unsigned user = 65534;
  // Called in the child before exec; what it leaves open without close-on-exec is inherited.
  std::function<void()> prepare = [] {};
  // The value of _FUSE_COMMFD instead of a socket of ours; "-" leaves it out.
  std::string commFd = {};
};

// The process, its stderr, our end of its socket.
struct Started {
  pid_t pid = -1;
  base::UniqueFd errors;
  base::UniqueFd socket;
};

struct Ended {
  int status = -1;
  std::string text;
  base::UniqueFd device;
};

inline void becomeUser(unsigned user) {
  if (user == 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 ||
      ::setresuid(user, user, user) != 0) {
    ::_exit(126);
  }
}

[[noreturn]] inline void executeHelper(const Run& run, int errors, int socket) {
  const std::string commFd = run.commFd.empty() ? "9" : run.commFd;
  std::vector<std::string> environment;
  if (run.commFd != "-") environment.push_back("_FUSE_COMMFD=" + commFd);
  std::vector<std::string> words{run.program};
  words.insert(words.end(), run.arguments.begin(), run.arguments.end());
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  };
  ::dup2(errors, STDERR_FILENO);
  ::dup2(socket, 9);
  becomeUser(run.user);
  run.prepare();
  ::execve(run.program.c_str(), pointers(words).data(), pointers(environment).data());
  ::_exit(127);
}

inline Started start(const Run& run) {
  std::array<int, 2> errors{};
  std::array<int, 2> pair{};
  if (::pipe2(errors.data(), O_CLOEXEC) != 0) return {};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return {};
  const base::UniqueFd theirErrors(errors[1]);
  const base::UniqueFd theirSocket(pair[1]);
  Started started{-1, base::UniqueFd(errors[0]), base::UniqueFd(pair[0])};
  started.pid = ::fork();
  if (started.pid == 0) executeHelper(run, theirErrors.get(), theirSocket.get());
  return started;
}

inline base::UniqueFd receiveDevice(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return {};
  const cmsghdr* item = CMSG_FIRSTHDR(&message);
  if (item == nullptr || item->cmsg_type != SCM_RIGHTS) return {};
  int device = -1;
  std::memcpy(&device, CMSG_DATA(item), sizeof device);
  return base::UniqueFd(device);
}

inline std::string readAll(int pipe) {
  std::string text;
  std::array<char, 512> chunk;
  for (ssize_t length = 0; (length = ::read(pipe, chunk.data(), chunk.size())) > 0;) {
    text.append(chunk.data(), static_cast<std::size_t>(length));
  }
  return text;
}

inline int waitForExit(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

inline Ended finishRun(Started started) {
  Ended ended;
  ended.device = receiveDevice(started.socket.get());
  ended.text = readAll(started.errors.get());
  ended.status = waitForExit(started.pid);
  return ended;
}

inline Ended run(const Run& what) { return finishRun(start(what)); }

}  // namespace fuseloop::test
