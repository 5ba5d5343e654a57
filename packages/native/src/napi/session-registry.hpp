// Sessions by small integer, so that a worker can find the one its thread is to serve. The only
// process-wide state of the addon: it is loaded once per thread, but its statics are shared.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "device/session.hpp"

namespace fuseloop::napi {

class SessionRegistry {
 public:
  static SessionRegistry& instance() {
    // Never destroyed: process.exit() runs static destructors while workers may still look here.
    static SessionRegistry* const registry = std::make_unique<SessionRegistry>().release();
    return *registry;
  }

  uint32_t add(const std::shared_ptr<device::Session>& session) {
    std::lock_guard lock(mutex_);
    sessions_.emplace(next_, session);
    return next_++;
  }

  void remove(uint32_t id) {
    std::lock_guard lock(mutex_);
    sessions_.erase(id);
  }

  /** Null when there is no such session, or no longer. */
  std::shared_ptr<device::Session> find(uint32_t id) {
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second.lock();
  }

 private:
  std::mutex mutex_;
  std::map<uint32_t, std::weak_ptr<device::Session>> sessions_;
  uint32_t next_ = 1;
};

}  // namespace fuseloop::napi
