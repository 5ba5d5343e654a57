// The locks of one node and kind, and the arithmetic of their ranges. Twin of held-locks.ts in
// core, where the contract is written. Not thread-safe: the lock manager's mutex guards it.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace fuseloop::node {

/** lk.type of the wire, F_RDLCK and so on of fcntl(2). */
enum class LockType : uint32_t { kRead = 0, kWrite = 1, kUnlock = 2 };

/** The largest offset of a file (the kernel's OFFSET_MAX). */
constexpr uint64_t kLockEnd = INT64_MAX;

/** Both ends count. */
struct Lock {
  uint64_t owner;
  uint64_t start;
  uint64_t end;
  LockType type;
  uint32_t pid;
};

class HeldLocks {
 public:
  size_t size() const { return locks_.size(); }
  /** Owners of locks that `wanted` cannot stand beside. */
  std::vector<uint64_t> conflictingOwners(const Lock& wanted) const;
  /** Of the locks in the way, the one that begins first; of those, that of the lowest owner. */
  std::optional<Lock> firstConflict(const Lock& wanted) const;
  bool hasConflict(const Lock& wanted) const;
  /** The owner has a lock of just this type. */
  bool holds(const Lock& wanted) const;
  /** A lock of the owner's reaches beyond both ends. */
  bool isCutBy(const Lock& wanted) const;
  void put(const Lock& wanted);
  /** Drops all of an owner's; true if there were any. */
  bool drop(uint64_t owner);

 private:
  std::vector<Lock> locks_;
};

}  // namespace fuseloop::node
