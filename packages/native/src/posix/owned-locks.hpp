// Byte-range locks of owners that are no processes here, such as those that FUSE names. Linux knows
// a lock's owner as a process or as an open file description (fcntl(2) F_OFD_*), so each (file,
// owner) gets a description of its own, from its first lock to its last. The table is the
// process's: any thread goes on with what another began.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

/**
 * @param fd of the file, open for reading or writing
 * @param command 0 tests, 1 sets or fails with -EAGAIN; waiting is the caller's
 * @param type F_RDLCK, F_WRLCK, F_UNLCK
 * @param length 0 means to the end; unlocking all of the file closes the owner's description
 * @param conflict of a test: type, start and length (64-bit words) of a lock in the way, or F_UNLCK
 */
int64_t ownedLock(int fd, int64_t owner, int command, int type, int64_t start, int64_t length,
                  Bytes conflict);

}  // namespace fuseloop::posix
