#include "uring/queue-plan.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace fuseloop::uring {

uint32_t countCpus(std::istream& ranges) {
  uint32_t count = 0;
  uint32_t first = 0;
  while (ranges >> first) {
    uint32_t last = first;
    if (ranges.peek() == '-') {
      ranges.ignore();
      ranges >> last;
    }
    count += last - first + 1;
    if (ranges.peek() == ',') ranges.ignore();
  }
  return count;
}

uint32_t possibleCpus() {
  std::ifstream file("/sys/devices/system/cpu/possible");
  const uint32_t count = countCpus(file);
  return count > 0 ? count : static_cast<uint32_t>(::sysconf(_SC_NPROCESSORS_CONF));
}

std::vector<uint16_t> queuesOf(uint32_t worker, uint32_t workers, uint32_t cpus) {
  std::vector<uint16_t> queues;
  if (workers >= cpus) {
    queues.push_back(static_cast<uint16_t>(worker % cpus));
    return queues;
  }
  for (uint32_t cpu = worker; cpu < cpus; cpu += workers)
    queues.push_back(static_cast<uint16_t>(cpu));
  return queues;
}

uint32_t workerOf(uint16_t queue, uint32_t workers) { return queue % workers; }

uint32_t entriesOf(uint32_t wanted, uint32_t most, uint32_t pairs) {
  return pairs > most ? 0 : std::clamp(most / 2 / pairs, 1u, wanted);
}

void pinTo(uint32_t cpu) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || !CPU_ISSET(cpu, &allowed)) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void prefer(int32_t steps) {
  if (steps == 0) return;
  const auto thread = static_cast<id_t>(::gettid());
  const int nice = ::getpriority(PRIO_PROCESS, thread) - steps;
  if (::setpriority(PRIO_PROCESS, thread, nice) == 0) return;
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace fuseloop::uring
