#include "mount/descriptor-info.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>

#include "base/system-error.hpp"
#include "base/unique-fd.hpp"

namespace fuseloop::mount {

std::optional<std::uint64_t> readDescriptorInfo(int descriptor, std::string_view name) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(descriptor);
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) base::throwErrno("open", path);
  std::array<char, 1024> chunk;
  const ssize_t length = ::read(file.get(), chunk.data(), chunk.size());
  if (length < 0) base::throwErrno("read", path);
  const std::string_view text(chunk.data(), static_cast<std::size_t>(length));
  const std::string label = std::string(name).append(":\t");
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* digits = text.data() + at + label.size();
  const auto [end, error] = std::from_chars(digits, text.data() + text.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace fuseloop::mount
