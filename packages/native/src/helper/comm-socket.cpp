// SCM_RIGHTS, unix(7).
#include "helper/comm-socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "helper/refusal.hpp"

namespace fuseloop::helper {

void checkSocket(const base::UniqueFd& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) {
    throw Refusal("_FUSE_COMMFD is not a socket, can't send fuse fd", errno);
  }
  if (domain != AF_UNIX) throw Refusal("_FUSE_COMMFD is not a UNIX socket, can't send fuse fd");
}

void sendDevice(const base::UniqueFd& socket, const base::UniqueFd& device) {
  // Descriptors travel with at least one byte.
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = device.get();
  std::memcpy(CMSG_DATA(rights), &number, sizeof number);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent != 1) throw Refusal("failed to send the fuse fd", errno);
}

void waitForEnd(const base::UniqueFd& channel) {
  std::array<char, 64> ignored;
  for (;;) {
    const ssize_t length = ::read(channel.get(), ignored.data(), ignored.size());
    if (length > 0 || (length < 0 && errno == EINTR)) continue;
    if (length == 0 || errno != EAGAIN) return;
    pollfd readable{channel.get(), POLLIN, 0};
    ::poll(&readable, 1, -1);
  }
}

}  // namespace fuseloop::helper
