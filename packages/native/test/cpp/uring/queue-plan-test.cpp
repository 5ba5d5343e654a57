// Which worker serves which of the kernel's queues: each is served, however CPUs and workers are in
// number.

#include "uring/queue-plan.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "mount/check.hpp"

namespace {

using namespace fuseloop;
using test::check;

uint32_t count(const char* ranges) {
  std::istringstream text(ranges);
  return uring::countCpus(text);
}

void countsRanges() {
  check(count("0\n") == 1, "one CPU");
  check(count("0-7\n") == 8, "a range");
  check(count("0-3,8-11\n") == 8, "numbers between ranges are no CPUs");
  check(count("0,2,4-5\n") == 4, "single ones");
  check(count("") == 0, "nothing to read");
}

void servesEachQueue() {
  for (uint32_t cpus = 1; cpus <= 9; ++cpus) {
    for (uint32_t workers = 1; workers <= 9; ++workers) {
      std::set<uint16_t> served;
      for (uint32_t worker = 0; worker < workers; ++worker) {
        const auto queues = uring::queuesOf(worker, workers, cpus);
        check(!queues.empty(), "no worker is idle");
        served.insert(queues.begin(), queues.end());
      }
      bool isTheirs = true;
      for (uint16_t queue = 0; queue < cpus; ++queue) {
        const auto queues = uring::queuesOf(uring::workerOf(queue, workers), workers, cpus);
        isTheirs = isTheirs && std::ranges::count(queues, queue) == 1;
      }
      check(isTheirs, "and has a worker that does so");
      check(served.size() == cpus && *served.rbegin() == cpus - 1, "each queue is served");
    }
  }
}

void sharesEntries() {
  check(uring::entriesOf(4, 244, 2) == 4, "few queues have as many as they want");
  check(uring::entriesOf(4, 244, 40) == 3, "many have less");
  bool areEnough = true;
  for (uint32_t pairs = 1; pairs <= 244; ++pairs) {
    const uint32_t each = uring::entriesOf(4, 244, pairs);
    areEnough = areEnough && each >= 1 && each <= 4 && each * pairs <= 244;
  }
  check(areEnough, "each has one, and there are enough");
  check(uring::entriesOf(4, 244, 245) == 0, "more queues than entries");
}

}  // namespace

int main() {
  countsRanges();
  servesEachQueue();
  sharesEntries();
  return test::finish();
}
