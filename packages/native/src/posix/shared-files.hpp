// Open files that any thread may ask about by what tells them from others, while another thread may
// close them. The table is the process's. Who asks keeps the descriptor open until it is answered:
// a number that is closed may at once be another file's.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

/**
 * Takes over `fd`, which is to be closed by closeShared() and stays usable until then. The identity
 * must be no other file's as long as this one is open; several descriptors may have the same.
 * -EEXIST if `fd` is here already.
 */
int64_t shareFd(int fd, Bytes identity);
/** statx(2) of a file that is shared by this identity: 0; 1 if there is none, and nothing is asked.
 */
int64_t statShared(Bytes identity, uint32_t mask, Bytes status);
/** Closes `fd`, shared or not: if it is being asked about, when that is over. */
int64_t closeShared(int fd);

}  // namespace fuseloop::posix
