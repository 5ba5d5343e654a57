// CPU time of the daemon, of this process and of the whole machine, in microseconds.

#ifndef USAGE_H
#define USAGE_H

#include <sys/types.h>

struct usage {
  double daemonUs;
  double ownUs;
  double machineUs;
};

/** @param daemon a process id; 0 for none */
struct usage readUsage(pid_t daemon);

#endif
