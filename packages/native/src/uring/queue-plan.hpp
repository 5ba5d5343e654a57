// Which worker serves which of the kernel's queues: one for each possible CPU, chosen by the CPU
// that a client runs on.

#pragma once

#include <cstdint>
#include <istream>
#include <vector>

namespace fuseloop::uring {

/** How many CPUs a list of ranges has, such as 0-3,8-11
 * (Documentation/admin-guide/cputopology.rst). */
uint32_t countCpus(std::istream& ranges);

/** CPUs that may ever come (/sys/devices/system/cpu/possible): each needs an entry before any
 * request is brought. */
uint32_t possibleCpus();

/** With fewer workers than CPUs each serves several. */
std::vector<uint16_t> queuesOf(uint32_t worker, uint32_t workers, uint32_t cpus);

/** The first of those that serve a queue. */
uint32_t workerOf(uint16_t queue, uint32_t workers);

/**
 * Entries of each pair of worker and queue at the start: half of all that there may be, so that
 * others can follow where they are needed. 0: the pairs are too many.
 * @param wanted that many are enough
 */
uint32_t entriesOf(uint32_t wanted, uint32_t most, uint32_t pairs);

/** The calling thread stays on the CPU whose clients it serves, if it may run there at all. */
void pinTo(uint32_t cpu);

/** Raises the calling thread's priority by `steps` of nice, or, where that is not allowed, asks the
 * scheduler not to preempt others for it (SCHED_BATCH). */
void prefer(int32_t steps);

}  // namespace fuseloop::uring
