#include "node/held-locks.hpp"

#include <algorithm>

namespace fuseloop::node {

namespace {

bool conflict(const Lock& held, const Lock& wanted) {
  return held.owner != wanted.owner && wanted.type != LockType::kUnlock &&
         held.start <= wanted.end && wanted.start <= held.end &&
         (held.type == LockType::kWrite || wanted.type == LockType::kWrite);
}

/** What is left of a lock outside a range. */
void addOutside(std::vector<Lock>& kept, const Lock& held, const Lock& wanted) {
  if (held.start < wanted.start) {
    Lock part = held;
    part.end = std::min(held.end, wanted.start - 1);
    kept.push_back(part);
  }
  if (held.end > wanted.end) {
    Lock part = held;
    part.start = std::max(held.start, wanted.end + 1);
    kept.push_back(part);
  }
}

}  // namespace

std::vector<uint64_t> HeldLocks::conflictingOwners(const Lock& wanted) const {
  std::vector<uint64_t> owners;
  for (const Lock& held : locks_) {
    if (conflict(held, wanted)) owners.push_back(held.owner);
  }
  return owners;
}

std::optional<Lock> HeldLocks::firstConflict(const Lock& wanted) const {
  std::optional<Lock> first;
  for (const Lock& held : locks_) {
    if (!conflict(held, wanted)) continue;
    if (!first || held.start < first->start ||
        (held.start == first->start && held.owner < first->owner))
      first = held;
  }
  return first;
}

bool HeldLocks::hasConflict(const Lock& wanted) const {
  return std::ranges::any_of(locks_, [&](const Lock& held) { return conflict(held, wanted); });
}

bool HeldLocks::holds(const Lock& wanted) const {
  return std::ranges::any_of(locks_, [&](const Lock& held) {
    return held.owner == wanted.owner && held.type == wanted.type;
  });
}

bool HeldLocks::isCutBy(const Lock& wanted) const {
  return std::ranges::any_of(locks_, [&](const Lock& held) {
    return held.owner == wanted.owner && held.start < wanted.start && held.end > wanted.end;
  });
}

void HeldLocks::put(const Lock& wanted) {
  std::vector<Lock> kept;
  kept.reserve(locks_.size() + 2);
  Lock joined = wanted;
  // Ends are below 2^63, so that adding 1 cannot wrap.
  for (const Lock& held : locks_) {
    if (held.owner != wanted.owner || held.end + 1 < joined.start || held.start > joined.end + 1) {
      kept.push_back(held);
    } else if (held.type == wanted.type) {
      joined.start = std::min(joined.start, held.start);
      joined.end = std::max(joined.end, held.end);
    } else {
      addOutside(kept, held, wanted);
    }
  }
  if (wanted.type != LockType::kUnlock) kept.push_back(joined);
  locks_.swap(kept);
}

bool HeldLocks::drop(uint64_t owner) {
  return std::erase_if(locks_, [owner](const Lock& held) { return held.owner == owner; }) > 0;
}

}  // namespace fuseloop::node
