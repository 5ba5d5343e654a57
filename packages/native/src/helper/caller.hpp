// Who called, and what the helper keeps of its own rights: from its first line on it is a process
// of the caller, who alone decides what paths it can reach, with one capability in reserve.
#pragma once

#include <sys/types.h>

namespace fuseloop::helper {

struct Caller {
  uid_t user = 0;
  gid_t group = 0;

  [[nodiscard]] bool isRoot() const { return user == 0; }
};

// Gives up, for good, every right that the caller does not have, but CAP_SYS_ADMIN, which is put
// aside. Works for a setuid file, for one with file capabilities, and for none of both. Root
// stays root. Throws Refusal when the kernel refuses.
[[nodiscard]] Caller becomeCaller();

// CAP_SYS_ADMIN is in effect while this exists. Throws Refusal when the process does not have it.
class MountPrivilege {
 public:
  MountPrivilege();
  MountPrivilege(const MountPrivilege&) = delete;
  MountPrivilege& operator=(const MountPrivilege&) = delete;
  ~MountPrivilege();

 private:
  bool raised_ = false;
};

}  // namespace fuseloop::helper
