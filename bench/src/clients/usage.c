#define _GNU_SOURCE
#include "usage.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/** Of all living threads: the first word of schedstat is nanoseconds on a CPU
 * (Documentation/scheduler/sched-stats.rst). */
static double daemonCpuUs(pid_t daemon) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", (int)daemon);
  DIR* tasks = opendir(path);
  if (tasks == NULL) return 0;
  double sum = 0;
  struct dirent* task;
  while ((task = readdir(tasks)) != NULL) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)daemon, task->d_name);
    FILE* file = fopen(path, "re");
    if (file == NULL) continue;
    unsigned long long ns = 0;
    if (fscanf(file, "%llu", &ns) == 1) sum += (double)ns / 1e3;
    fclose(file);
  }
  closedir(tasks);
  return sum;
}

static double ownCpuUs(void) {
  struct rusage own;
  getrusage(RUSAGE_SELF, &own);
  return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1e6 +
         (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec);
}

/** user, nice, system, idle, iowait, irq, softirq, steal of proc(5): all but the idle ones. */
static double machineCpuUs(void) {
  FILE* file = fopen("/proc/stat", "re");
  if (file == NULL) return 0;
  unsigned long long ticks[8] = {0};
  int count = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1],
                     &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]);
  fclose(file);
  if (count != 8) return 0;
  unsigned long long busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
  return (double)busy * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

struct usage readUsage(pid_t daemon) {
  return (struct usage){
      .daemonUs = daemon > 0 ? daemonCpuUs(daemon) : 0,
      .ownUs = ownCpuUs(),
      .machineUs = machineCpuUs(),
  };
}
