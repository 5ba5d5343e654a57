// Whether mount(2) and umount2(2) are worth trying; otherwise fusermount3 does it.
// True is no promise: CAP_SYS_ADMIN of a user namespace that does not own the mount namespace still
// gets EPERM.
#pragma once

namespace fuseloop::mount {

// CAP_SYS_ADMIN is in the calling thread's effective set.
[[nodiscard]] bool hasMountPrivilege() noexcept;

}  // namespace fuseloop::mount
