// Tests of running a helper, with this executable itself as fusermount3 in PATH. Needs no
// privileges. Build line: see check.hpp, with -pthread; -fsanitize=thread finds the concurrent
// part.
#include "mount/helper-process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "check.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;
using std::chrono::milliseconds;

namespace {

namespace fs = std::filesystem;

constexpr milliseconds kLong{60'000};
constexpr milliseconds kShort{300};

std::string openDescriptors() {
  std::vector<int> numbers;
  for (const auto& item : fs::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(item.path().filename().string());
    if (::fcntl(fd, F_GETFD) >= 0) numbers.push_back(fd);
  }
  std::ranges::sort(numbers);
  std::string text;
  for (const int fd : numbers) {
    // The directory that is being listed is closed by now.
    if (::fcntl(fd, F_GETFD) >= 0) text += std::to_string(fd) + " ";
  }
  return text;
}

std::string signalState() {
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  const bool clean = ::sigismember(&blocked, SIGTERM) == 0 && pipe.sa_handler == SIG_DFL;
  return clean ? "clean" : "inherited";
}

void sendTwoDescriptors(int socket) {
  const std::array<int, 2> fds{0, 1};
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* item = CMSG_FIRSTHDR(&message);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(item), fds.data(), sizeof fds);
  ::sendmsg(socket, &message, 0);
}

// What this executable does under the name fusermount3.
int actAsHelper(const std::string& mode) {
  const char* variable = ::getenv("_FUSE_COMMFD");
  const int socket = variable == nullptr ? -1 : std::atoi(variable);
  if (mode == "descriptors") std::fputs(openDescriptors().c_str(), stderr);
  if (mode == "signals") std::fputs(signalState().c_str(), stderr);
  if (mode == "environment") {
    std::fprintf(stderr, "%s %s", variable == nullptr ? "none" : variable, ::getenv("TEST_WORD"));
  }
  if (mode == "two") sendTwoDescriptors(socket);
  if (mode == "two-then-fail") sendTwoDescriptors(socket);
  if (mode == "flood") std::fputs(std::string(1U << 20U, 'x').c_str(), stderr);
  if (mode == "mute") ::close(STDERR_FILENO);
  if (mode == "mute") ::close(socket);
  if (mode == "mute" || mode == "hang") ::pause();
  if (mode.ends_with("fail")) std::fputs("first: line\nsecond: line\n", stderr);
  return mode.ends_with("fail") || mode == "flood" ? 1 : 0;
}

void reportsOutcomes() {
  HelperOutcome outcome = runHelper({{"quiet"}}, false, "/m", kLong);
  check(outcome.succeeded && outcome.errorText.empty(), "a silent helper succeeds");
  outcome = runHelper({{"fail"}}, false, "/m", kLong);
  check(!outcome.succeeded, "exit status 1 is a failure");
  checkEqual(outcome.errorText, "first: line;second: line", "its words come in one line");
  outcome = runHelper({{"flood"}}, true, "/m", kLong);
  check(!outcome.succeeded && outcome.errorText.size() == 2048, "its words are bounded");
  outcome = runHelper({{"quiet"}}, true, "/m", kLong);
  check(outcome.succeeded && !outcome.received, "no descriptor is reported as none");
}

void receivesDescriptors() {
  const std::string before = openDescriptors();
  {
    const HelperOutcome outcome = runHelper({{"two"}}, true, "/m", kLong);
    check(outcome.succeeded && outcome.received, "a descriptor is received");
    check((::fcntl(outcome.received.get(), F_GETFD) & FD_CLOEXEC) != 0, "it is close-on-exec");
    const HelperOutcome failed = runHelper({{"two-then-fail"}}, true, "/m", kLong);
    check(!failed.succeeded, "a descriptor does not make up for a failure");
  }
  checkEqual(openDescriptors(), before, "a second descriptor in the message is not leaked");
}

void startsClean() {
  const fuseloop::base::UniqueFd other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  checkEqual(runHelper({{"descriptors"}}, true, "/m", kLong).errorText, "0 1 2 3 ",
             "the helper has its stdio and its socket only");
  checkEqual(runHelper({{"descriptors"}}, false, "/m", kLong).errorText, "0 1 2 ",
             "no socket when none is wanted");
  checkEqual(runHelper({{"environment"}}, true, "/m", kLong).errorText, "3 word",
             "its environment");
  checkEqual(runHelper({{"environment"}}, false, "/m", kLong).errorText, "none word",
             "a variable left over from outside is dropped");
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t all;
  sigset_t old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);
  checkEqual(runHelper({{"signals"}}, true, "/m", kLong).errorText, "clean", "its signals");
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void keepsDeadlines() {
  for (const char* mode : {"hang", "mute"}) {
    checkThrows(ETIMEDOUT, "fusermount3 '/m'", std::string("a helper that does not end: ") + mode,
                [mode] { static_cast<void>(runHelper({{mode}}, true, "/m", kShort)); });
  }
  check(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD, "it is killed and reaped");
}

void leavesOtherChildrenAlone() {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(7);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(other), &info, WEXITED | WNOWAIT);
  static_cast<void>(runHelper({{"quiet"}}, true, "/m", kLong));
  int status = 0;
  check(::waitpid(other, &status, WNOHANG) == other && WEXITSTATUS(status) == 7,
        "another child that has ended is still there to be reaped");
}

void worksWithoutStdin() {
  const fuseloop::base::UniqueFd kept(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
  ::close(STDIN_FILENO);
  checkEqual(runHelper({{"descriptors"}}, true, "/m", kLong).errorText, "0 1 2 3 ",
             "pipes in the place of a closed stdin do no harm");
  ::dup2(kept.get(), STDIN_FILENO);
}

void worksWithIgnoredChildSignals() {
  ::signal(SIGCHLD, SIG_IGN);
  check(runHelper({{"quiet"}}, false, "/m", kLong).succeeded,
        "SIGCHLD ignored: silence is success");
  check(!runHelper({{"fail"}}, false, "/m", kLong).succeeded, "SIGCHLD ignored: words are failure");
  check(runHelper({{"two"}}, true, "/m", kLong).succeeded, "SIGCHLD ignored: a device is success");
  ::signal(SIGCHLD, SIG_DFL);
}

void runsConcurrently() {
  std::atomic<int> clean = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&clean] {
        for (int run = 0; run < 10; ++run) {
          const HelperOutcome outcome = runHelper({{"descriptors"}}, true, "/m", kLong);
          if (outcome.errorText == "0 1 2 3 ") clean += 1;
        }
      });
    }
  }
  check(clean == 40, "helpers started at the same time do not get each other's sockets");
}

int runTests() {
  ::alarm(240);
  reportsOutcomes();
  receivesDescriptors();
  startsClean();
  keepsDeadlines();
  leavesOtherChildrenAlone();
  worksWithoutStdin();
  worksWithIgnoredChildSignals();
  runsConcurrently();
  return finish();
}

// The search path is that of the start of the process, so the tests run in a second incarnation.
int restartWithFakeHelper() {
  std::string directory = "/tmp/fuseloop-test-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  fs::create_symlink(fs::read_symlink("/proc/self/exe"), directory + "/fusermount3");
  const pid_t child = ::fork();
  if (child == 0) {
    // Whatever started the tests may have left descriptors open that are inheritable.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::setenv("PATH", ("relative::" + directory).c_str(), 1);
    ::setenv("TEST_WORD", "word", 1);
    ::setenv("_FUSE_COMMFD", "99", 1);
    ::execl("/proc/self/exe", "helper-process-test", "inner", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::remove_all(directory);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int count, char** words) {
  if (fs::path(words[0]).filename() == "fusermount3") return actAsHelper(count > 1 ? words[1] : "");
  return count > 1 ? runTests() : restartWithFakeHelper();
}
