// What the kernel takes a thread for when it makes files: ids, groups, umask. All of it belongs to
// the calling thread alone, by raw system calls: the C library's set*id(3) would change every
// thread of the process (nptl(7)). Whoever changes them restores them before the thread does
// anything else.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

/**
 * Makes new files belong to (uid, gid), with `count` `groups` (32-bit ids) as supplementary ones,
 * or the thread's own where `count` is negative. Capabilities stay as they are: who may do what was
 * checked where the request came from.
 * @returns 0, or a negative errno with nothing changed
 */
int64_t assumeOwner(uint32_t uid, uint32_t gid, int count, Bytes groups);
/** Undoes assumeOwner(): the thread's effective ids, and the groups it had. Never fails. */
int64_t resumeOwner();
/** Gives the thread a umask, root and working directory of its own. */
int64_t unshareUmask();
/** Sets the umask of the thread (of all that share it, without unshareUmask()) and returns the last
 * one. */
int64_t exchangeUmask(uint32_t mask);
/** Takes CAP_FSETID from the thread's effective set (0) or gives it back (1): with it, a write
 * keeps set-ID bits. */
int64_t holdFsetid(int held);

}  // namespace fuseloop::posix
