// recvmsg(2) with SCM_RIGHTS, unix(7), and a bounded read of a pipe.
#include "mount/helper-channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/system-error.hpp"

namespace fuseloop::mount {

namespace {

constexpr std::size_t kMaxErrorText = 2048;

// Padding leaves room for a second descriptor: each one must be owned, the first is kept.
void takeDescriptors(const cmsghdr& item, base::UniqueFd& received) {
  const std::size_t count = (item.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t at = 0; at < count; ++at) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&item) + at * sizeof(int), sizeof fd);
    base::UniqueFd owned(fd);
    if (!received) received = std::move(owned);
  }
}

}  // namespace

ChannelState receiveDescriptor(int socket, base::UniqueFd& received) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t length = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length == 0) return ChannelState::kEnded;
  if (length < 0) {
    if (errno == EINTR || errno == EAGAIN) return ChannelState::kEmpty;
    if (errno == ECONNRESET) return ChannelState::kEnded;
    base::throwErrno("recvmsg");
  }
  for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
       item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) {
      takeDescriptors(*item, received);
    }
  }
  return ChannelState::kData;
}

ChannelState readErrorText(int pipe, std::string& text) {
  std::array<char, 512> chunk;
  const ssize_t length = ::read(pipe, chunk.data(), chunk.size());
  if (length == 0) return ChannelState::kEnded;
  if (length < 0) {
    if (errno == EINTR || errno == EAGAIN) return ChannelState::kEmpty;
    base::throwErrno("read");
  }
  const std::size_t room = kMaxErrorText - std::min(kMaxErrorText, text.size());
  text.append(chunk.data(), std::min(room, static_cast<std::size_t>(length)));
  return ChannelState::kData;
}

}  // namespace fuseloop::mount
