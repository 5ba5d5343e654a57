// A session with what it is mounted as: by a path, by somebody else, or in a queue that stands in
// for the kernel. Shared with helper threads, which may outlive the JavaScript object.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "device/queue-connection.hpp"
#include "device/session.hpp"
#include "mount/mount-request.hpp"

namespace fuseloop::napi {

struct MountedSession {
  /** By the thread that has mounted. */
  void attach(mount::MountedDevice device);

  /** Of somebody else's mount only our end is ours. Returns whether a mount was there. Throws what
   * mount::unmountFuse() throws. */
  bool unmount(bool lazy) const;

  /** Ends the connection by force. */
  void abort() const;

  /** At the process's exit. Its threads may wait for the mount, and node joins them first: so the
   * connection is ended, not the mount detached only. */
  void endNow() const;

  /** By a signal, while JavaScript is stuck: flushes what clients have open, as far as it gets. */
  void endWithin(uint64_t nanoseconds) const;

  std::shared_ptr<device::Session> session;
  /** Guards what follows; written once, by the thread that mounted. */
  std::mutex mutex;
  std::string mountpoint;
  mount::MountIdentity identity;
  uint32_t connection = 0;
  mount::MountWay way;
  /** Mounted by somebody else, whose it is to unmount. */
  bool isAdopted = false;
  /** The environment has ended, and with it the hook. Of the JavaScript thread only. */
  bool isTornDown = false;
  /** Stands in for the kernel; then there is no mount. */
  std::shared_ptr<device::QueueConnection> queue;

 private:
  void leaveTree() const;
};

}  // namespace fuseloop::napi
