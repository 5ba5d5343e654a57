// Tests of the mount table's parser and of the choice of the top mount. Needs no privileges.
// Build line: see check.hpp.
#include "mount/mount-table.hpp"

#include "check.hpp"

using namespace fuseloop::mount;
using namespace fuseloop::test;

namespace {

void parsesFields() {
  const auto entries = parseMountInfo(
      "36 35 98:0 /root /mnt\\040two rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=x\n"
      "51 36 0:45 / /mnt/f\\134\\043\\011 rw,nosuid,nodev - fuse.my\\054sub  rw,user_id=0\n");
  check(entries.size() == 2, "both lines are parsed");
  if (entries.size() != 2) return;
  const MountEntry& disk = entries[0];
  check(disk.mountId == 36 && disk.parentId == 35, "ids are decimal");
  check(disk.devMajor == 98 && disk.devMinor == 0, "the device is major:minor");
  checkEqual(disk.mountPoint, "/mnt two", "an escaped space in the mount point is decoded");
  checkEqual(disk.options, "rw,noatime", "mount options come before the optional fields");
  checkEqual(disk.fsType, "ext3", "the type follows any number of optional fields");
  checkEqual(disk.source, "/dev/root", "the source follows the type");
  checkEqual(disk.superOptions, "rw,errors=x", "super options are last");
  checkEqual(entries[1].mountPoint, "/mnt/f\\#\t", "backslash, hash and tab are decoded");
  checkEqual(entries[1].fsType, "fuse.my,sub", "the subtype is decoded");
  checkEqual(entries[1].source, "", "an empty source is kept empty");
  checkEqual(entries[1].superOptions, "rw,user_id=0", "fields after an empty source stay in place");
  check(isFuse(entries[1]) && !isFuse(disk), "fuse.<subtype> is FUSE, ext3 is not");
}

void leavesOutBadLines() {
  check(parseMountInfo("").empty(), "an empty table has no entries");
  for (const char* line :
       {"\n", "x 1 0:1 / /a rw - t s o\n", "1 2 0 / /a rw - t s o\n", "1 2 0:1 / /a",
        "1 2 0:1 / /a rw shared:1 t s o\n", "99999999999999999999 1 0:1 / / r - t s o"}) {
    check(parseMountInfo(line).empty(), std::string("not an entry: ") + line);
  }
  const auto cut = parseMountInfo("1 2 0:1 / /a\\04 rw - t s o");
  check(cut.size() == 1 && cut[0].mountPoint == "/a\\04", "an incomplete escape stays as it is");
}

void everyPrefixIsHarmless() {
  const std::string line = "51 36 0:45 / /mnt\\040f rw shared:3 - fuse.sub src rw\n";
  for (std::size_t length = 0; length <= line.size(); ++length) {
    static_cast<void>(parseMountInfo(std::string(line.data(), length)));
  }
  check(true, "every prefix of a line is parsed without harm");
}

void findsTheTop() {
  const auto stacked = parseMountInfo(
      "1 0 0:1 / / rw - ext4 d rw\n2 1 0:2 / /a rw - fuse x rw\n3 2 0:3 / /a rw - tmpfs y rw\n");
  check(topMountAt(stacked, "/a").value().mountId == 3, "the last of stacked mounts is on top");
  check(!topMountAt(stacked, "/a/b") && !topMountAt(stacked, "/a/"), "only equal paths match");
  check(topMountAt(stacked, "/").value().mountId == 1, "the root mount is found");
  const auto beneath = parseMountInfo(
      "1 0 0:1 / / rw - ext4 d rw\n2 3 0:2 / /a rw - fuse x rw\n3 1 0:3 / /a rw - tmpfs y rw\n");
  check(topMountAt(beneath, "/a").value().mountId == 2, "a mount moved beneath is not the top");
  const auto cycle =
      parseMountInfo("4 5 0:1 / /a r - t s o\n5 4 0:1 / /a r - t s o\n6 6 0:1 / /b r - t s o");
  check(topMountAt(cycle, "/a").has_value(), "a cycle in damaged data ends");
  check(topMountAt(cycle, "/b").value().mountId == 6, "a mount that is its own parent is found");
}

}  // namespace

int main() {
  parsesFields();
  leavesOutBadLines();
  everyPrefixIsHarmless();
  findsTheTop();
  check(topMountAt("/proc").value().fsType == "proc", "the table of this process has /proc");
  return finish();
}
