// posix_spawn(3) of fusermount3 with its socket, its stderr pipe and a clean signal state.
#include "mount/helper-spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/system-error.hpp"
#include "mount/helper-program.hpp"

namespace fuseloop::mount {

namespace {

constexpr int kChildSocket = 3;
constexpr const char* kSocketVariable = "_FUSE_COMMFD=";

void check(int error, const char* call) {
  if (error != 0) throw base::SystemError(error, call);
}

// A number above those the child's dup2 calls write to, so that none of them closes another's
// source.
base::UniqueFd moveUp(base::UniqueFd low) {
  base::UniqueFd high(::fcntl(low.get(), F_DUPFD_CLOEXEC, kChildSocket + 1));
  if (!high) base::throwErrno("fcntl");
  return high;
}

class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_), "posix_spawn"); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void open(int fd, const char* path, int flags) {
    check(::posix_spawn_file_actions_addopen(&actions_, fd, path, flags, 0), "posix_spawn");
  }
  void duplicate(int from, int to) {
    check(::posix_spawn_file_actions_adddup2(&actions_, from, to), "posix_spawn");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Our threads block signals and Node.js ignores SIGPIPE; the helper must inherit neither.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    check(::posix_spawnattr_init(&attributes_), "posix_spawn");
    sigset_t none;
    sigset_t defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGCHLD, SIGHUP, SIGTERM, SIGINT}) {
      ::sigaddset(&defaults, signal);
    }
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (std::string& text : strings) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

SpawnedHelper spawnHelper(const HelperCommand& command, bool wantSocket) {
  std::vector<std::string> environment = initialEnvironment();
  const std::string program = command.program.empty() ? findHelper(environment) : command.program;
  if (program.empty()) {
    throw base::SystemError(ENOENT, "posix_spawn", "fusermount3", adviceOnHelpers());
  }
  SpawnedHelper helper;
  FileActions actions;
  std::array<int, 2> pair{};
  if (::pipe2(pair.data(), O_CLOEXEC) != 0) base::throwErrno("pipe2");
  helper.errors.reset(pair[0]);
  const base::UniqueFd childErrors = moveUp(base::UniqueFd(pair[1]));
  if (::fcntl(helper.errors.get(), F_SETFL, O_NONBLOCK) != 0) base::throwErrno("fcntl");
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDOUT_FILENO, "/dev/null", O_WRONLY);
  actions.duplicate(childErrors.get(), STDERR_FILENO);
  base::UniqueFd childSocket;
  std::erase_if(environment, [](const auto& item) { return item.starts_with(kSocketVariable); });
  if (wantSocket) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      base::throwErrno("socketpair");
    }
    helper.socket.reset(pair[0]);
    childSocket = moveUp(base::UniqueFd(pair[1]));
    actions.duplicate(childSocket.get(), kChildSocket);
    environment.push_back(kSocketVariable + std::to_string(kChildSocket));
  }
  std::vector<std::string> words{"fusermount3"};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  const SpawnAttributes attributes;
  const int error = ::posix_spawn(&helper.pid, program.c_str(), actions.get(), attributes.get(),
                                  pointers(words).data(), pointers(environment).data());
  if (error != 0) throw base::SystemError(error, "posix_spawn", program);
  return helper;
}

}  // namespace fuseloop::mount
