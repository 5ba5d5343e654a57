// The trivial filesystem's operations.

#ifndef OPERATIONS_H
#define OPERATIONS_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

extern const struct fuse_lowlevel_ops kOperations;

/** @param burnRounds how often burnCpu() mixes, so that it takes 100 us */
void prepareOperations(unsigned burnRounds);

#endif
