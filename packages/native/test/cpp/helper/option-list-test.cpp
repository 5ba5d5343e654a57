// What of the -o list reaches the kernel, for root and for users; then lists of random text. Needs
// no privileges. The first argument, if given, is the seed.
#include "helper/option-list.hpp"

#include <linux/mount.h>

#include <algorithm>
#include <random>

#include "helper/fuse-conf.hpp"
#include "helper/refusal.hpp"
#include "helper/storage-types.hpp"
#include "mount/check.hpp"

using namespace fuseloop::helper;
using namespace fuseloop::test;

namespace {

constexpr OptionRules kUser{false, false};
constexpr OptionRules kRoot{true, true};
constexpr std::uint64_t kDefaults = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

std::string refusalOf(std::string_view list, const OptionRules& rules) {
  try {
    static_cast<void>(parseOptionList(list, rules));
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
  return "";
}

void texts() {
  const MountOptions options =
      parseOptionList("fsname=a\\,b\\\\c\nd\\e,subtype=x\\,suid,noexec", kUser);
  checkEqual(options.fsname, "a,b\\c\nde", "a backslash takes the next character as it is");
  checkEqual(options.subtype, "x,suid", "a comma in a subtype is no end");
  check(options.attributes == (kDefaults | MOUNT_ATTR_NOEXEC), "and what follows is an option");
  checkEqual(parseOptionList("fsname=a\\", kUser).fsname, "a\\", "a backslash at the end stays");
  check(refusalOf("ro\\,suid", kRoot) == "unknown option 'ro\\'", "elsewhere nothing is escaped");
  checkEqual(refusalOf("fsname=" + std::string(256, 'a'), kUser),
             "option fsname=... is longer than 255 bytes", "the kernel takes 255 bytes");
  check(parseOptionList("fsname=" + std::string(255, 'a'), kUser).fsname.size() == 255, "255 do");
  check(refusalOf(std::string(100'000, 'x'), kUser).starts_with("unknown option"), "100 kB");
}

void flags() {
  MountOptions options = parseOptionList("suid,dev,atime", kUser);
  check(options.attributes == kDefaults, "suid and dev are not for users");
  check(options.warnings.size() == 2 && options.warnings[0] == "unsafe option suid ignored",
        "which they are told");
  check(parseOptionList("suid,dev", kRoot).attributes == 0, "root may have both");
  options = parseOptionList("ro,noatime,strictatime,sync,rw,async,ro", kUser);
  check(options.attributes == (kDefaults | MOUNT_ATTR_RDONLY | MOUNT_ATTR_STRICTATIME),
        "the last of contrary flags counts");
  check(options.parameters.back() == Parameter{"ro", ""}, "ro is the superblock's, too");
}

void kernelOptions() {
  checkEqual(refusalOf("allow_other", kUser),
             "option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf",
             "allow_other is not for users by default");
  const MountOptions options =
      parseOptionList("allow_other,max_read=1,default_permissions,max_read=2,", {false, true});
  check(options.parameters == std::vector<Parameter>{{"allow_other", ""},
                                                     {"default_permissions", ""},
                                                     {"max_read", "2"}},
        "each option is given once");
  for (const char* ignored : {"fd=9", "rootmode=0", "user_id=0", "group_id=0", "nonempty", "x-a"}) {
    const MountOptions nothing = parseOptionList(ignored, kUser);
    check(nothing.parameters.empty(), std::string(ignored) + " is left out");
  }
  for (const char* unknown :
       {"max_read=", "max_read=1 ", "max_read=-1", "blkdev", "allow_root", "source=x", "Ro"}) {
    checkEqual(refusalOf(unknown, kRoot), std::string("unknown option '") + unknown + "'", "");
  }
  check(parseOptionList("auto_unmount", kUser).autoUnmount, "auto_unmount is the helper's");
}

void conf() {
  const FuseConf conf = parseFuseConf(
      "# user_allow_other\n\tmount_max =  7 # seven\nuser_allow_other x\nmount_max = -2\nfoo");
  check(conf.mountMax == 7 && !conf.userAllowOther, "comments grant nothing");
  check(conf.warnings.size() == 3, "what says nothing known is told");
  checkEqual(conf.warnings.back(), "line 5 of /etc/fuse.conf says nothing known: 'foo'", "by line");
  check(parseFuseConf(" user_allow_other\t").userAllowOther, "blanks do not count");
  check(parseFuseConf("").mountMax == 1000, "1000 mounts by default");
}

void storage() {
  check(mayBeCovered(0xEF53) && mayBeCovered(0x01021994), "ext4 and tmpfs may be covered");
  check(mayBeCovered(static_cast<std::uint64_t>(static_cast<std::int32_t>(0x9123683E))),
        "whatever the sign of f_type");
  check(!mayBeCovered(0x9fa0) && !mayBeCovered(0x62656572), "procfs and sysfs may not");
}

// Text of the characters and words that mean something in a list.
std::string randomList(std::mt19937_64& random) {
  static constexpr std::string_view kPieces[] = {
      "fsname=", "subtype=", "suid",      "dev",          "ro",          ",",  "\\",
      "\\,",     "=",        "max_read=", "17",           "allow_other", "x-", "fd=",
      "\n",      "a",        "\xff",      "auto_unmount", "user_id=0",   ",,"};
  std::string list;
  for (std::size_t left = random() % 9; left > 0; --left) {
    list += kPieces[random() % std::size(kPieces)];
  }
  return list;
}

void fuzz(std::uint64_t seed) {
  constexpr int kRuns = 200'000;
  static constexpr std::string_view kNames[] = {
      "ro", "rw", "sync", "async", "dirsync", "max_read", "default_permissions"};
  std::mt19937_64 random(seed);
  int taken = 0;
  bool holds = true;
  for (int run = 0; run < kRuns; ++run) {
    const std::string list = randomList(random);
    try {
      const MountOptions options = parseOptionList(list, kUser);
      ++taken;
      holds = holds && (options.attributes & kDefaults) == kDefaults;
      holds = holds && options.fsname.size() <= 255 && options.subtype.size() <= 255;
      for (const auto& [name, value] : options.parameters) {
        holds = holds && std::ranges::find(kNames, name) != std::end(kNames);
        holds = holds && value.find_first_not_of("0123456789") == std::string::npos;
      }
    } catch (const Refusal& refusal) {
      holds = holds && std::string_view(refusal.what()).find("option") != std::string::npos;
    }
  }
  check(holds, "a user's list gives known parameters, digits for values, nosuid and nodev");
  check(taken > kRuns / 20 && taken < kRuns, "some are taken and some refused");
}

}  // namespace

int main(int count, char** arguments) {
  texts();
  flags();
  kernelOptions();
  conf();
  storage();
  fuzz(count > 1 ? std::stoull(arguments[1]) : 20261129);
  return finish();
}
