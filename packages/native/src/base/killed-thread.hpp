// Whether a thread is about to die of a signal: then nobody will see what its system call returns.

#pragma once

#include <cstdint>

namespace fuseloop::base {

/**
 * True when SIGKILL is pending for the thread, or when there is no such thread. Any other signal
 * that ends a process becomes a SIGKILL for each of its threads once it is sent (kernel/signal.c
 * complete_signal()); those that dump core do only when they are taken.
 * @param thread as in fuse_in_header.pid: 0 for one of a pid namespace that is not ours, of which
 * nothing is known and which counts as alive
 */
bool isBeingKilled(uint32_t thread);

}  // namespace fuseloop::base
