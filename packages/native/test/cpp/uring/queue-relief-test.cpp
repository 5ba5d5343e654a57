// Requests that wait in the kernel, without one: a queue as fs/fuse/dev_uring.c keeps it, and what
// is done so that nothing waits there while an entry is idle.

#include "uring/queue-relief.hpp"

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "mount/check.hpp"
#include "uring/exchange-bench.hpp"

namespace {

using namespace fuseloop;
using test::Bench;
using test::check;

constexpr uint64_t kLookNs = 5'000'000;

/** Queue 0 of a kernel, and the daemon's handlers, which answer when they are told to. */
struct Kernel {
  enum class Request { kClients, kProbe };
  struct Idle {
    bool isFresh;
  };

  uring::QueueLoads& loads() { return bench.exchange.loads(); }

  void registerEntry() {
    loads().arm(0, false);
    loads().registered(0);
    idle.push_back({true});
    ++registrations;
  }

  void send(Request request) {
    if (idle.empty()) {
      waiting.push_back(request);
      return;
    }
    const bool isFresh = idle.back().isFresh;
    idle.pop_back();
    bring(request, isFresh);
  }

  void bring(Request request, bool isFresh) {
    loads().returned(0, isFresh);
    loads().brought(0);
    if (request == Request::kProbe) {
      commit();
    } else {
      ++atHandlers;
    }
  }

  void answer() {
    if (atHandlers == 0) return;
    --atHandlers;
    commit();
  }

  void commit() {
    loads().arm(0, true);
    if (waiting.empty()) {
      idle.push_back({false});
      return;
    }
    const Request next = waiting.front();
    waiting.pop_front();
    bring(next, false);
  }

  void sendProbes(uint32_t count) {
    if (!knowsFile) {
      sent = 0;
      return;
    }
    for (uint32_t probe = 0; probe < count; ++probe) send(Request::kProbe);
    probes += count;
    sent = count;
  }

  uring::QueueRelief::Hands hands() {
    return {[this](uint16_t queue, uint32_t count) {
              for (; queue == 0 && count > 0; --count) registerEntry();
            },
            [this](uint16_t, uint32_t count) { sendProbes(count); },
            [this] { return std::exchange(sent, std::nullopt); }};
  }

  bool look(bool canServe = true) { return relief.look(canServe, now += kLookNs); }
  void settle() {
    for (int looks = 0; looks < 200 && look(); ++looks) {
    }
  }
  bool holdsUp() const { return !idle.empty() && !waiting.empty(); }

  Bench bench;
  std::vector<Idle> idle;
  std::deque<Request> waiting;
  uint32_t atHandlers = 0;
  uint32_t registrations = 0;
  uint32_t probes = 0;
  bool knowsFile = true;
  std::optional<uint32_t> sent;
  uint64_t now = 1;
  uring::QueueRelief relief{bench.exchange, hands()};
};

void begin(Kernel& kernel, uint32_t entries) {
  for (uint32_t entry = 0; entry < entries; ++entry) kernel.registerEntry();
  kernel.send(Kernel::Request::kClients);
  kernel.answer();
  kernel.settle();
}

void costsNothing() {
  Kernel kernel;
  for (int entry = 0; entry < 16; ++entry) kernel.registerEntry();
  check(!kernel.look() && kernel.probes == 0, "before anything came nothing is sent");
  kernel.send(Kernel::Request::kClients);
  kernel.answer();
  check(!kernel.look() && kernel.probes == 0, "nor while an entry that was committed is idle");
  for (int request = 0; request < 1000; ++request) {
    kernel.send(Kernel::Request::kClients);
    if (request % 10 == 0) kernel.look();
    kernel.answer();
  }
  check(kernel.probes <= 1, "the last such entry at work is doubted once");
}

void emptiesTheList() {
  Kernel kernel;
  begin(kernel, 4);
  for (int request = 0; request < 30; ++request) kernel.send(Kernel::Request::kClients);
  for (int entry = 0; entry < 30; ++entry) kernel.registerEntry();
  check(kernel.holdsUp(), "what is registered late takes nothing from the list");
  kernel.settle();
  check(kernel.waiting.empty() && kernel.atHandlers == 30,
        "all are brought, and none was answered");
}

void addsEntries() {
  Kernel kernel;
  begin(kernel, 2);
  for (int request = 0; request < 50; ++request) kernel.send(Kernel::Request::kClients);
  const uint32_t before = kernel.registrations;
  for (int looks = 0; looks < 10; ++looks) kernel.look(false);
  check(kernel.registrations == before, "nobody is there to serve more");
  kernel.settle();
  check(kernel.waiting.empty() && kernel.atHandlers == 50,
        "handlers that wait keep none from others");

  Kernel busy;
  begin(busy, 2);
  for (int request = 0; request < 50; ++request) busy.send(Kernel::Request::kClients);
  for (int looks = 0; looks < 20; ++looks) {
    busy.look();
    busy.answer();
  }
  check(busy.registrations == 2, "a queue whose requests are answered has enough");
}

void waitsForAFile() {
  Kernel kernel;
  kernel.knowsFile = false;
  begin(kernel, 2);
  kernel.send(Kernel::Request::kClients);
  kernel.send(Kernel::Request::kClients);
  kernel.send(Kernel::Request::kClients);
  kernel.registerEntry();
  int soon = 0;
  for (int looks = 0; looks < 60; ++looks) soon += kernel.look() ? 1 : 0;
  check(kernel.holdsUp() && soon < 40, "where nothing can be sent it is tried now and then");
  kernel.knowsFile = true;
  for (int looks = 0; looks < 30; ++looks) kernel.look();
  check(kernel.waiting.empty(), "and done when it can");
}

void holdsUpNothing() {
  bool isNone = true;
  bool areFew = true;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    Kernel kernel;
    begin(kernel, 1 + random() % 4);
    for (int step = 0; step < 200; ++step) {
      switch (random() % 8) {
        case 0:
          kernel.registerEntry();
          break;
        case 1:
          kernel.look(random() % 2 == 0);
          break;
        case 2:
        case 3:
          kernel.answer();
          break;
        default:
          kernel.send(Kernel::Request::kClients);
      }
    }
    kernel.settle();
    isNone = isNone && !kernel.holdsUp();
    areFew = areFew && kernel.probes <= kernel.registrations;
  }
  check(isNone, "whatever came before, nothing waits while an entry is idle");
  check(areFew, "no more is sent than entries were registered");
}

}  // namespace

int main() {
  costsNothing();
  emptiesTheList();
  addsEntries();
  waitsForAFile();
  holdsUpNothing();
  return test::finish();
}
