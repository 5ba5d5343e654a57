#include "mount/watch-order.hpp"

#include <charconv>

namespace fuseloop::mount {

namespace {

bool takeNumber(std::string_view& rest, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{} || end == rest.data() + rest.size() || *end != ' ') return false;
  rest.remove_prefix(static_cast<std::size_t>(end + 1 - rest.data()));
  return true;
}

bool takePath(std::string_view& rest, std::string& path) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return false;
  path = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string formatWatchOrder(const WatchOrder& order) {
  std::string text = std::to_string(order.identity.mountId) + " " +
                     std::to_string(order.identity.uniqueId) + " " +
                     (order.way.viaHelper ? "1 " : "0 ") + order.mountpoint;
  text.push_back('\0');
  text.append(order.way.helper).push_back('\0');
  return text;
}

std::optional<WatchOrder> parseWatchOrder(std::string_view text) {
  WatchOrder order;
  std::uint64_t viaHelper = 0;
  if (!takeNumber(text, order.identity.mountId) || !takeNumber(text, order.identity.uniqueId) ||
      !takeNumber(text, viaHelper) || !takePath(text, order.mountpoint) ||
      !takePath(text, order.way.helper)) {
    return std::nullopt;
  }
  order.way.viaHelper = viaHelper != 0;
  return order;
}

}  // namespace fuseloop::mount
