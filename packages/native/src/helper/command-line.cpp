// getopt_long(3) with fusermount3's letters, and the long names of libfuse 3.17 and later.
#include "helper/command-line.hpp"

#include <getopt.h>

#include <array>
#include <charconv>
#include <string_view>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

constexpr int kCommFd = 'c';
constexpr int kMountId = 'i';
constexpr int kWatch = 'U';

// ":" asks for the difference between an unknown option and one without its value.
constexpr const char* kLetters = ":hVo:uzq";

const std::array<option, 10> kLongOptions{{{"help", no_argument, nullptr, 'h'},
                                           {"version", no_argument, nullptr, 'V'},
                                           {"options", required_argument, nullptr, 'o'},
                                           {"unmount", no_argument, nullptr, 'u'},
                                           {"lazy", no_argument, nullptr, 'z'},
                                           {"quiet", no_argument, nullptr, 'q'},
                                           {"auto-unmount", no_argument, nullptr, kWatch},
                                           {"comm-fd", required_argument, nullptr, kCommFd},
                                           {"mount-id", required_argument, nullptr, kMountId},
                                           {nullptr, 0, nullptr, 0}}};

std::uint64_t parseId(std::string_view text) {
  std::uint64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc{} || stop != end) throw Refusal("--mount-id wants a number");
  return id;
}

void take(CommandLine& command, int letter, char** arguments) {
  switch (letter) {
    case 'h':
      command.task = Task::kHelp;
      return;
    case 'V':
      command.task = Task::kVersion;
      return;
    case 'o':
      if (!command.options.empty()) command.options.push_back(',');
      command.options += optarg;
      return;
    case 'u':
      if (command.task == Task::kMount) command.task = Task::kUnmount;
      return;
    case kWatch:
      command.task = Task::kWatch;
      return;
    case 'z':
      command.lazy = true;
      return;
    case 'q':
      command.quiet = true;
      return;
    case kCommFd:
      command.commFd = optarg;
      return;
    case kMountId:
      command.mountId = parseId(optarg);
      return;
    case ':':
      throw Refusal(std::string("option ") + arguments[optind - 1] + " wants a value");
    default:
      throw Refusal(std::string("unknown option ") + arguments[optind - 1] + "; see -h");
  }
}

}  // namespace

CommandLine parseCommandLine(int count, char** arguments) {
  CommandLine command;
  // 0 makes glibc forget an earlier scan.
  optind = count > 0 ? 0 : 1;
  opterr = 0;
  for (;;) {
    const int letter = ::getopt_long(count, arguments, kLetters, kLongOptions.data(), nullptr);
    if (letter == -1) break;
    take(command, letter, arguments);
    // What comes after does not matter.
    if (command.task == Task::kHelp || command.task == Task::kVersion) return command;
  }
  if (command.lazy && command.task != Task::kUnmount) {
    throw Refusal("-z can only be used with -u");
  }
  if (optind >= count) throw Refusal("missing mountpoint argument");
  if (optind + 1 < count) throw Refusal("extra arguments after the mountpoint");
  command.mountpoint = arguments[optind];
  if (command.mountpoint.empty()) throw Refusal("the mountpoint is an empty path");
  return command;
}

}  // namespace fuseloop::helper
