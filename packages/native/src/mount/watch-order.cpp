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

}  // namespace

std::string formatWatchOrder(const WatchOrder& order) {
  std::string text = std::to_string(order.identity.mountId) + " " +
                     std::to_string(order.identity.uniqueId) + " " +
                     (order.viaHelper ? "1 " : "0 ") + order.mountpoint;
  text.push_back('\0');
  return text;
}

std::optional<WatchOrder> parseWatchOrder(std::string_view text) {
  WatchOrder order;
  std::uint64_t viaHelper = 0;
  if (!text.ends_with('\0') || !takeNumber(text, order.identity.mountId) ||
      !takeNumber(text, order.identity.uniqueId) || !takeNumber(text, viaHelper)) {
    return std::nullopt;
  }
  order.viaHelper = viaHelper != 0;
  order.mountpoint = text.substr(0, text.size() - 1);
  return order;
}

}  // namespace fuseloop::mount
