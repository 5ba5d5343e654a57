#include "node/lock-manager.hpp"

#include <algorithm>
#include <cerrno>
#include <unordered_set>

namespace fuseloop::node {

namespace {

bool isValid(const LockRequest& request) {
  const Lock& lock = request.lock;
  if (lock.type != LockType::kRead && lock.type != LockType::kWrite &&
      lock.type != LockType::kUnlock)
    return false;
  return request.kind == LockKind::kFlock || (lock.start <= lock.end && lock.end <= kLockEnd);
}

/** The range of flock is the whole file. */
LockRequest normal(const LockRequest& request) {
  LockRequest result = request;
  if (request.kind == LockKind::kFlock) {
    result.lock.start = 0;
    result.lock.end = kLockEnd;
  }
  return result;
}

}  // namespace

LockManager::LockManager(Grant grant, size_t most) : grant_(std::move(grant)), most_(most) {}

std::optional<Lock> LockManager::test(const LockRequest& request) const {
  std::lock_guard lock(mutex_);
  const HeldLocks* locks = table({request.nodeid, request.kind});
  if (locks == nullptr) return std::nullopt;
  return locks->firstConflict(normal(request).lock);
}

int LockManager::set(const LockRequest& request) {
  Granted granted;
  int result = 0;
  {
    std::lock_guard lock(mutex_);
    result = setLocked(request, granted);
  }
  answer(std::move(granted));
  return result;
}

int LockManager::wait(const LockRequest& request, const LockWaiter& waiter,
                      const std::function<bool()>& claim) {
  Granted granted;
  int result = 0;
  {
    std::lock_guard lock(mutex_);
    auto before = std::ranges::find_if(parked_, [&](const Parked& parked) {
      return (parked.waiter.unique | kUniqueResent) == (waiter.unique | kUniqueResent);
    });
    if (before != parked_.end()) {
      if (!claim()) return -ENOENT;
      before->waiter.unique = waiter.unique;
      return kLockParked;
    }
    result = setLocked(request, granted);
    if (result == -EAGAIN) {
      LockRequest wanted = normal(request);
      if (wanted.kind == LockKind::kPosix && wouldDeadlock(wanted)) {
        result = -EDEADLK;
      } else if (!claim()) {
        result = -ENOENT;
      } else {
        parked_.push_back({wanted, waiter});
        result = kLockParked;
      }
    }
  }
  answer(std::move(granted));
  return result;
}

bool LockManager::cancel(uint64_t unique) {
  std::lock_guard lock(mutex_);
  return std::erase_if(parked_, [unique](const Parked& parked) {
           return parked.waiter.unique == unique;
         }) > 0;
}

void LockManager::takeBack(const LockRequest& request) {
  if (request.lock.type == LockType::kUnlock) return;
  LockRequest unlock = request;
  unlock.lock.type = LockType::kUnlock;
  set(unlock);
}

void LockManager::release(uint64_t nodeid, LockKind kind, uint64_t owner) {
  Granted granted;
  {
    std::lock_guard lock(mutex_);
    if (drop({nodeid, kind}, owner)) grantWaiters({nodeid, kind}, granted);
  }
  answer(std::move(granted));
}

void LockManager::forget(uint64_t nodeid) {
  Granted granted;
  {
    std::lock_guard lock(mutex_);
    if (tables_.empty()) return;
    for (LockKind kind : {LockKind::kPosix, LockKind::kFlock}) {
      auto found = tables_.find({nodeid, kind});
      if (found == tables_.end()) continue;
      held_ -= found->second.size();
      tables_.erase(found);
      grantWaiters({nodeid, kind}, granted);
    }
  }
  answer(std::move(granted));
}

std::vector<uint64_t> LockManager::takeWaitingSince(uint64_t time) {
  std::vector<uint64_t> late;
  std::lock_guard lock(mutex_);
  std::erase_if(parked_, [&](const Parked& parked) {
    bool isLate = parked.waiter.since < time;
    if (isLate) late.push_back(parked.waiter.unique);
    return isLate;
  });
  return late;
}

std::optional<uint64_t> LockManager::waitingSince() const {
  std::lock_guard lock(mutex_);
  std::optional<uint64_t> oldest;
  for (const Parked& parked : parked_) {
    if (!oldest || parked.waiter.since < *oldest) oldest = parked.waiter.since;
  }
  return oldest;
}

void LockManager::clear() {
  std::lock_guard lock(mutex_);
  parked_.clear();
  tables_.clear();
  held_ = 0;
}

size_t LockManager::waiting() const {
  std::lock_guard lock(mutex_);
  return parked_.size();
}

int LockManager::setLocked(const LockRequest& request, Granted& granted) {
  if (!isValid(request)) return -EINVAL;
  LockRequest wanted = normal(request);
  Place place{wanted.nodeid, wanted.kind};
  const HeldLocks* locks = table(place);
  // fs/locks.c flock_lock_inode(): a lock of another type is gone before the new one is looked for.
  if (wanted.kind == LockKind::kFlock && locks != nullptr && !locks->holds(wanted.lock)) {
    if (drop(place, wanted.lock.owner)) grantWaiters(place, granted);
    locks = table(place);
  }
  if (locks != nullptr && locks->hasConflict(wanted.lock)) return -EAGAIN;
  // An unlock in the middle of a lock leaves two.
  bool mayGrow =
      wanted.lock.type != LockType::kUnlock || (locks != nullptr && locks->isCutBy(wanted.lock));
  if (held_ >= most_ && mayGrow) return -ENOLCK;
  put(wanted);
  grantWaiters(place, granted);
  return 0;
}

void LockManager::put(const LockRequest& request) {
  auto [found, isNew] = tables_.try_emplace({request.nodeid, request.kind});
  HeldLocks& locks = found->second;
  held_ -= locks.size();
  locks.put(request.lock);
  held_ += locks.size();
  if (locks.size() == 0) tables_.erase(found);
}

bool LockManager::drop(const Place& place, uint64_t owner) {
  auto found = tables_.find(place);
  if (found == tables_.end()) return false;
  HeldLocks& locks = found->second;
  held_ -= locks.size();
  bool dropped = locks.drop(owner);
  held_ += locks.size();
  if (locks.size() == 0) tables_.erase(found);
  return dropped;
}

void LockManager::grantWaiters(const Place& place, Granted& granted) {
  size_t before = 0;
  // A grant may make its owner's lock a weaker one, which lets in somebody who was passed over.
  do {
    before = granted.size();
    std::erase_if(parked_, [&](const Parked& parked) {
      const LockRequest& request = parked.request;
      if (request.nodeid != place.first || request.kind != place.second) return false;
      const HeldLocks* locks = table(place);
      if (locks != nullptr && locks->hasConflict(request.lock)) return false;
      put(request);
      granted.push_back(parked);
      return true;
    });
  } while (granted.size() > before);
}

bool LockManager::wouldDeadlock(const LockRequest& wanted) const {
  std::unordered_set<uint64_t> seen;
  std::vector<const LockRequest*> open{&wanted};
  while (!open.empty()) {
    const LockRequest& next = *open.back();
    open.pop_back();
    const HeldLocks* locks = table({next.nodeid, next.kind});
    if (locks == nullptr) continue;
    for (uint64_t owner : locks->conflictingOwners(next.lock)) {
      if (owner == wanted.lock.owner) return true;
      if (!seen.insert(owner).second) continue;
      for (const Parked& parked : parked_) {
        if (parked.request.kind == LockKind::kPosix && parked.request.lock.owner == owner)
          open.push_back(&parked.request);
      }
    }
  }
  return false;
}

const HeldLocks* LockManager::table(const Place& place) const {
  auto found = tables_.find(place);
  return found == tables_.end() ? nullptr : &found->second;
}

void LockManager::answer(Granted granted) {
  while (!granted.empty()) {
    Granted next;
    for (const Parked& parked : granted) {
      if (grant_(parked.waiter.unique)) continue;
      LockRequest unlock = parked.request;
      unlock.lock.type = LockType::kUnlock;
      std::lock_guard lock(mutex_);
      setLocked(unlock, next);
    }
    granted = std::move(next);
  }
}

}  // namespace fuseloop::node
