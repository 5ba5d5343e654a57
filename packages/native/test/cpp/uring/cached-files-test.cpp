// Files that the kernel has cached, as the tables tell.

#include "uring/cached-files.hpp"

#include <string>
#include <vector>

#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using test::check;
using Files = std::vector<uint64_t>;

constexpr uint32_t kRegular = 0100000;
constexpr uint32_t kDirectory = 0040000;

void findsRegularFiles() {
  node::NodeTable nodes;
  node::OpenFileTable open;
  check(uring::cachedFiles(nodes, open).empty(), "a mount where nothing was looked up");
  const uint64_t folder = nodes.remember(node::kRootNodeId, "folder", "", kDirectory);
  const uint64_t first = nodes.remember(folder, "first", "", kRegular);
  const uint64_t second = nodes.remember(folder, "second", "", kRegular);
  check(uring::cachedFiles(nodes, open) == Files{second, first}, "no directories; the last first");
  nodes.keepUnused(10);
  nodes.forget(second, 1);
  check(uring::cachedFiles(nodes, open) == Files{first}, "nor what the kernel has forgotten");
}

void findsOpenFilesFirst() {
  node::NodeTable nodes;
  node::OpenFileTable open;
  const uint64_t folder = nodes.remember(node::kRootNodeId, "folder", "", kDirectory);
  const uint64_t old = nodes.remember(node::kRootNodeId, "old", "", kRegular);
  open.add(old, {1, 0});
  open.add(folder, {2, 0});
  for (int number = 0; number < 40; ++number)
    nodes.remember(folder, std::to_string(number), "", kRegular);
  const Files files = uring::cachedFiles(nodes, open);
  check(files.size() == 17 && files.front() == old, "one that is open, and as many as are needed");
  for (int number = 0; number < 5000; ++number)
    nodes.remember(folder, "d" + std::to_string(number), "", kDirectory);
  check(uring::cachedFiles(nodes, open) == Files{old}, "a large table is not searched to its end");
}

}  // namespace

int main() {
  findsRegularFiles();
  findsOpenFilesFirst();
  return test::finish();
}
