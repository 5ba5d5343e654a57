#include "napi/mounted-session.hpp"

#include <exception>

#include "base/monotonic-clock.hpp"
#include "device/fuse-device.hpp"
#include "mount/connection-abort.hpp"
#include "mount/unmount.hpp"

namespace fuseloop::napi {

void MountedSession::attach(mount::MountedDevice device) {
  {
    std::lock_guard lock(mutex);
    mountpoint = device.mountpoint;
    identity = device.identity;
    connection = device.connection;
    way = device.way;
  }
  session->attachDevice(std::make_unique<device::FuseDevice>(std::move(device.device)));
}

bool MountedSession::unmount(bool lazy) const {
  if (queue) {
    queue->unmount();
    return false;
  }
  if (isAdopted) {
    session->sever();
    return false;
  }
  return mount::unmountFuse(identity, mountpoint, lazy, way) == mount::UnmountResult::kUnmounted;
}

void MountedSession::abort() const {
  if (queue) {
    queue->abort();
    return;
  }
  // Its number may be another mount's by now.
  if (!session->isConnected()) return;
  // fusectl ends the connection even while others hold copies of the descriptor; it is not always
  // there.
  if (!mount::abortConnection(connection, session->deviceFd())) session->sever();
}

void MountedSession::endNow() const {
  session->closeBy(0);
  // Another process may go on with the device of somebody else's mount.
  if (!isAdopted) abort();
  leaveTree();
}

void MountedSession::endWithin(uint64_t nanoseconds) const {
  session->refuseOpens();
  session->closeBy(base::monotonicNanoseconds() + nanoseconds);
  abort();
  leaveTree();
}

void MountedSession::leaveTree() const {
  try {
    unmount(true);
  } catch (const std::exception&) {
    // Somebody has moved or covered it; nobody is there to be told.
  }
}

}  // namespace fuseloop::napi
