// Commas separate options. In the values of fsname and subtype, and nowhere else, a backslash takes
// the next character as it is: what libfuse's clients write (libfuse lib/mount.c).
#include "helper/option-list.hpp"

#include <linux/mount.h>

#include <algorithm>
#include <array>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

namespace {

// linux/mount.h of Linux 5.14; older headers lack it.
constexpr std::uint64_t kNoSymlinkFollow = 0x00200000;

// strndup_user(_value, 256) in fs/fsopen.c: a longer one is EINVAL.
constexpr std::size_t kLongestValue = 255;

struct Flag {
  std::string_view name;
  std::uint64_t clears;
  std::uint64_t sets;
  // Also a flag of the superblock, under the same name.
  bool ofSuperblock;
  // Would let the daemon's owner make setuid programs or devices out of nothing.
  bool rootOnly;
};

constexpr auto kFlags = std::to_array<Flag>({
    {"ro", 0, MOUNT_ATTR_RDONLY, true, false},
    {"rw", MOUNT_ATTR_RDONLY, 0, true, false},
    {"nosuid", 0, MOUNT_ATTR_NOSUID, false, false},
    {"suid", MOUNT_ATTR_NOSUID, 0, false, true},
    {"nodev", 0, MOUNT_ATTR_NODEV, false, false},
    {"dev", MOUNT_ATTR_NODEV, 0, false, true},
    {"noexec", 0, MOUNT_ATTR_NOEXEC, false, false},
    {"exec", MOUNT_ATTR_NOEXEC, 0, false, false},
    {"noatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME, false, false},
    {"atime", MOUNT_ATTR__ATIME, 0, false, false},
    {"relatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME, false, false},
    {"norelatime", MOUNT_ATTR__ATIME, 0, false, false},
    {"strictatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME, false, false},
    {"nostrictatime", MOUNT_ATTR__ATIME, 0, false, false},
    {"nodiratime", 0, MOUNT_ATTR_NODIRATIME, false, false},
    {"diratime", MOUNT_ATTR_NODIRATIME, 0, false, false},
    {"nosymfollow", 0, kNoSymlinkFollow, false, false},
    {"symfollow", kNoSymlinkFollow, 0, false, false},
    {"sync", 0, 0, true, false},
    {"async", 0, 0, true, false},
    {"dirsync", 0, 0, true, false},
});

// Left out without a word, as by fusermount3: the helper sets these itself, or they have no meaning
// any more.
bool isIgnored(std::string_view item) {
  constexpr auto kPrefixes =
      std::to_array<std::string_view>({"fd=", "rootmode=", "user_id=", "group_id=", "x-"});
  return item.empty() || item == "nonempty" ||
         std::ranges::any_of(kPrefixes, [&](auto prefix) { return item.starts_with(prefix); });
}

bool isCount(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

class OptionParser {
 public:
  explicit OptionParser(const OptionRules& rules) : rules_(rules) {
    result_.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  }

  void take(std::string_view item) {
    if (isIgnored(item) || takeText(item) || takeFlag(item)) return;
    if (item == "auto_unmount") {
      result_.autoUnmount = true;
    } else if (item == "default_permissions") {
      set({std::string(item), {}});
    } else if (item == "allow_other") {
      allowOther();
    } else if (item.starts_with("max_read=") && isCount(item.substr(9))) {
      set({"max_read", std::string(item.substr(9))});
    } else {
      throw Refusal("unknown option '" + std::string(item) + "'");
    }
  }

  MountOptions finish() { return std::move(result_); }

 private:
  bool takeText(std::string_view item) {
    for (const auto& [name, target] : {std::pair{std::string_view("fsname="), &result_.fsname},
                                       std::pair{std::string_view("subtype="), &result_.subtype}}) {
      if (!item.starts_with(name)) continue;
      *target = unescape(item.substr(name.size()));
      if (target->size() <= kLongestValue) return true;
      throw Refusal("option " + std::string(name) + "... is longer than " +
                    std::to_string(kLongestValue) + " bytes");
    }
    return false;
  }

  bool takeFlag(std::string_view item) {
    const auto* flag = std::ranges::find(kFlags, item, &Flag::name);
    if (flag == kFlags.end()) return false;
    if (flag->rootOnly && !rules_.isRoot) {
      result_.warnings.push_back("unsafe option " + std::string(item) + " ignored");
      return true;
    }
    result_.attributes = (result_.attributes & ~flag->clears) | flag->sets;
    if (flag->ofSuperblock) set({std::string(item), {}});
    return true;
  }

  void allowOther() {
    if (!rules_.mayAllowOther) {
      throw Refusal(
          "option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf");
    }
    set({"allow_other", {}});
  }

  // The last one of a name counts: the kernel refuses some that come twice.
  void set(Parameter parameter) {
    std::erase_if(result_.parameters, [&](const auto& old) { return old.name == parameter.name; });
    result_.parameters.push_back(std::move(parameter));
  }

  static std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      plain.push_back(text[at]);
    }
    return plain;
  }

  OptionRules rules_;
  MountOptions result_;
};

// Where the first option of the list ends.
std::size_t endOfFirst(std::string_view list) {
  const bool escapes = list.starts_with("fsname=") || list.starts_with("subtype=");
  std::size_t at = 0;
  while (at < list.size() && list[at] != ',') {
    if (escapes && list[at] == '\\' && at + 1 < list.size()) ++at;
    ++at;
  }
  return at;
}

}  // namespace

MountOptions parseOptionList(std::string_view list, const OptionRules& rules) {
  OptionParser parser(rules);
  while (!list.empty()) {
    const std::size_t end = endOfFirst(list);
    parser.take(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parser.finish();
}

}  // namespace fuseloop::helper
