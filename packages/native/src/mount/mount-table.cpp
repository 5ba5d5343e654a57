// Parser and queries of the mount table.
// Fields are split at single spaces: an empty source leaves two spaces in a row.
#include "mount/mount-table.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

namespace fuseloop::mount {

namespace {

constexpr const char* kMountInfo = "/proc/self/mountinfo";

std::string_view takeField(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

template <typename Number>
bool parseNumber(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end;
}

bool isOctal(char digit) { return digit >= '0' && digit <= '7'; }

// The kernel writes space, tab, newline, backslash and '#' as \ooo (fs/proc_namespace.c mangle()).
std::string unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() && isOctal(text[at + 1]) &&
        isOctal(text[at + 2]) && isOctal(text[at + 3])) {
      const int code = (text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0');
      plain.push_back(static_cast<char>(code));
      at += 3;
    } else {
      plain.push_back(text[at]);
    }
  }
  return plain;
}

// id parent major:minor root mountpoint options [optional fields] - type source superoptions
std::optional<MountEntry> parseLine(std::string_view line) {
  MountEntry entry;
  if (!parseNumber(takeField(line, ' '), entry.mountId)) return std::nullopt;
  if (!parseNumber(takeField(line, ' '), entry.parentId)) return std::nullopt;
  if (!parseNumber(takeField(line, ':'), entry.devMajor)) return std::nullopt;
  if (!parseNumber(takeField(line, ' '), entry.devMinor)) return std::nullopt;
  takeField(line, ' ');
  entry.mountPoint = unescape(takeField(line, ' '));
  entry.options = unescape(takeField(line, ' '));
  while (!line.empty()) {
    if (takeField(line, ' ') != "-") continue;
    entry.fsType = unescape(takeField(line, ' '));
    entry.source = unescape(takeField(line, ' '));
    entry.superOptions = unescape(line);
    return entry;
  }
  return std::nullopt;
}

}  // namespace

std::vector<MountEntry> parseMountInfo(std::string_view text) {
  std::vector<MountEntry> entries;
  while (!text.empty()) {
    if (auto entry = parseLine(takeField(text, '\n'))) entries.push_back(std::move(*entry));
  }
  return entries;
}

std::vector<MountEntry> readMountTable() {
  const base::UniqueFd file(::open(kMountInfo, O_RDONLY | O_CLOEXEC));
  if (!file) base::throwErrno("open", kMountInfo);
  std::string text;
  std::array<char, 16384> chunk;
  for (;;) {
    const ssize_t length = ::read(file.get(), chunk.data(), chunk.size());
    if (length == 0) return parseMountInfo(text);
    if (length > 0) {
      text.append(chunk.data(), static_cast<std::size_t>(length));
    } else if (errno != EINTR) {
      base::throwErrno("read", kMountInfo);
    }
  }
}

std::optional<MountEntry> topMountAt(const std::vector<MountEntry>& table,
                                     std::string_view absolutePath) {
  const MountEntry* top = nullptr;
  for (const MountEntry& entry : table) {
    if (entry.mountPoint == absolutePath) top = &entry;
  }
  if (top == nullptr) return std::nullopt;
  // The youngest is not the top when it was moved beneath another (MOVE_MOUNT_BENEATH): climb to
  // its children.
  for (std::size_t climbed = 0; climbed < table.size(); ++climbed) {
    const MountEntry* above = nullptr;
    for (const MountEntry& entry : table) {
      if (entry.mountPoint == absolutePath && entry.parentId == top->mountId) above = &entry;
    }
    if (above == nullptr || above == top) break;
    top = above;
  }
  return *top;
}

std::optional<MountEntry> topMountAt(std::string_view absolutePath) {
  return topMountAt(readMountTable(), absolutePath);
}

bool isFuse(const MountEntry& entry) {
  return entry.fsType == "fuse" || entry.fsType.starts_with("fuse.");
}

}  // namespace fuseloop::mount
