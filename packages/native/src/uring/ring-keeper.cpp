#include "uring/ring-keeper.hpp"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/monotonic-clock.hpp"
#include "uring/fuse-commands.hpp"
#include "uring/queue-plan.hpp"

namespace fuseloop::uring {

using device::kNoWorker;

namespace {

/** A worker that has taken nothing between two looks, although there was something, is stuck. */
constexpr int kLookMs = 5;
/** How long looking goes on when there was nothing any more: requests that follow do not have to
 * wake this thread. */
constexpr uint64_t kCalmAfterNs = 20'000'000;

/** Whether a worker may be about to put something on a ring, or a ring has something. */
bool isAnyBusy(const std::vector<std::shared_ptr<WorkerRing>>& rings) {
  // All of these first: what a worker has given back to another is seen when it is not busy any
  // more.
  return std::ranges::any_of(
             rings,
             [](const auto& ring) { return ring->isBusy.load(std::memory_order_seq_cst); }) ||
         std::ranges::any_of(rings, [](const auto& ring) { return ring->hasWork(); });
}

}  // namespace

RingKeeper::RingKeeper(int device, EntryFlow& flow, uint32_t workers)
    : flow_(flow),
      exchange_(flow.exchange()),
      own_(std::make_unique<WorkerRing>(device)),
      post_(exchange_.post()),
      probe_(device, [this] { post_.bell().signal(); }),
      relief_(exchange_, {[this](uint16_t queue, uint32_t count) { add(queue, count); },
                          [this](uint16_t queue, uint32_t count) { probe_.send(queue, count); },
                          [this] { return probe_.takeSent(); }}),
      seen_(workers) {}

void RingKeeper::start(QueueProbe::Files files) {
  probe_.start(std::move(files));
  thread_ = std::jthread([this](const std::stop_token& stop) {
    ::prctl(PR_SET_NAME, "fuse-uring");
    run(stop);
  });
}

void RingKeeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  post_.bell().signal();
  thread_.join();
  probe_.stop();
  own_.reset();
  std::lock_guard lock(mutex_);
  hasStopped_ = true;
  adopted_.notify_all();
}

void RingKeeper::retire(uint32_t worker, std::shared_ptr<WorkerRing> ring,
                        const std::vector<uint16_t>& queues) {
  std::set<uint16_t> left(queues.begin(), queues.end());
  for (const uint32_t index : exchange_.armedOn(worker))
    left.insert(exchange_.entries()[index].queue);
  awaitAdoption({{left.begin(), left.end()}, worker});
  {
    // Nobody else is at the ring from here on.
    std::lock_guard lock(ring->mutex());
    relieve(*ring);
  }
  Retired retired{ring->takeEnd(), exchange_.armedOn(worker)};
  ring.reset();
  {
    std::lock_guard lock(mutex_);
    newlyRetired_.push_back(std::move(retired));
  }
  post_.bell().signal();
}

/**
 * Before a worker's entries go, each of their queues gets one here. Whoever lives serves its
 * clients then; and requests that have to wait are taken when an entry is committed, never when one
 * is registered (fs/fuse/dev_uring.c), so a queue must not be without any.
 */
void RingKeeper::awaitAdoption(const Adoption& adoption) {
  std::unique_lock lock(mutex_);
  const uint64_t turn = ++adoptionsAsked_;
  toAdopt_.push_back(adoption);
  post_.bell().signal();
  adopted_.wait(lock, [&] { return adoptionsDone_ >= turn || hasStopped_; });
}

void RingKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wait();
    commitAll();
    adopt();
    receive();
    settleRetired();
    if (look()) looksUntil_ = base::monotonicNanoseconds() + kCalmAfterNs;
    own_->io().submit();
  }
}

void RingKeeper::wait() {
  std::vector<pollfd> fds{{post_.bell().fd(), POLLIN, 0}, {own_->io().fd(), POLLIN, 0}};
  for (const Retired& retired : retired_) fds.push_back({retired.end.get(), 0, 0});
  if (base::monotonicNanoseconds() < looksUntil_) {
    ::poll(fds.data(), fds.size(), kLookMs);
  } else {
    sleep(std::move(fds));
  }
  post_.bell().drain();
}

/**
 * While there is nothing to look at this thread needs no clock. What comes to a ring wakes it
 * besides the ring's owner, who may be stuck in what came to it from elsewhere, a socket or a
 * timer.
 */
void RingKeeper::sleep(std::vector<pollfd> fds) {
  // Before the last look: see KeeperPost::noteWork, QueueLoads::returned.
  post_.setAsleep(true);
  // Kept while their descriptors are watched.
  const std::vector<std::shared_ptr<WorkerRing>> rings = this->rings();
  for (const auto& ring : rings) fds.push_back({ring->io().fd(), POLLIN, 0});
  const bool isDue = relieveQueues();
  ::poll(fds.data(), fds.size(), isDue || isAnyBusy(rings) ? kLookMs : -1);
  post_.setAsleep(false);
}

void RingKeeper::commitAll() {
  for (const uint32_t index : post_.takeCommits()) {
    if (!exchange_.giveBack(index)) exchange_.arm(*own_, kNoWorker, index);
  }
}

void RingKeeper::adopt() {
  std::vector<Adoption> adoptions;
  {
    std::lock_guard lock(mutex_);
    adoptions.swap(toAdopt_);
  }
  if (adoptions.empty()) return;
  for (const auto& [queues, home] : adoptions) {
    for (const uint16_t queue : queues) {
      if (!hasEntryOf(queue)) exchange_.addFirst(*own_, kNoWorker, queue, home);
    }
  }
  own_->io().submit();
  std::lock_guard lock(mutex_);
  adoptionsDone_ += adoptions.size();
  adopted_.notify_all();
}

bool RingKeeper::hasEntryOf(uint16_t queue) const {
  return std::ranges::any_of(exchange_.armedOn(kNoWorker), [&](uint32_t index) {
    return exchange_.entries()[index].queue == queue;
  });
}

void RingKeeper::receive() {
  IoUring::Completion completion{};
  while (own_->io().take(completion)) flow_.arrive(completion, kNoWorker);
}

void RingKeeper::settleRetired() {
  {
    std::lock_guard lock(mutex_);
    for (Retired& retired : newlyRetired_) retired_.push_back(std::move(retired));
    newlyRetired_.clear();
  }
  for (auto retired = retired_.begin(); retired != retired_.end();) {
    pollfd end{retired->end.get(), 0, 0};
    if (::poll(&end, 1, 0) <= 0) {
      ++retired;
      continue;
    }
    for (const uint32_t index : retired->armed) flow_.recover(index);
    retired = retired_.erase(retired);
  }
}

std::vector<std::shared_ptr<WorkerRing>> RingKeeper::rings() const {
  std::vector<std::shared_ptr<WorkerRing>> rings;
  for (uint32_t worker = 0; worker < seen_.size(); ++worker) {
    if (std::shared_ptr<WorkerRing> ring = exchange_.rings().find(worker))
      rings.push_back(std::move(ring));
  }
  return rings;
}

/** True while there may be something to look at. */
bool RingKeeper::look() {
  bool isBusy = !retired_.empty();
  for (uint32_t worker = 0; worker < seen_.size(); ++worker) {
    const std::shared_ptr<WorkerRing> ring = exchange_.rings().find(worker);
    if (ring && lookAt(worker, *ring)) isBusy = true;
  }
  return relieveQueues() || isBusy;
}

bool RingKeeper::relieveQueues() {
  return relief_.look(exchange_.isAllBegun(), base::monotonicNanoseconds());
}

/** Entries of a queue, which go to the worker of its CPU once they have brought something. */
void RingKeeper::add(uint16_t queue, uint32_t count) {
  const uint32_t home = workerOf(queue, static_cast<uint32_t>(seen_.size()));
  while (count > 0 && exchange_.add(*own_, kNoWorker, queue, home)) --count;
  own_->io().submit();
}

bool RingKeeper::lookAt(uint32_t worker, WorkerRing& ring) {
  Seen& seen = seen_[worker];
  const bool isBusy = ring.isBusy.load(std::memory_order_acquire);
  const uint32_t taken = ring.io().taken();
  const bool hasWork = ring.hasWork();
  if (ring.isLingering.load(std::memory_order_relaxed) && taken == seen.taken)
    flow_.ringBell(worker);
  const bool isStuck = hasWork && seen.hadWork && taken == seen.taken;
  seen = {taken, hasWork};
  // Until its owner comes by.
  if (isStuck) ring.isStuck.store(true, std::memory_order_relaxed);
  if (ring.isStuck.load(std::memory_order_relaxed) && hasWork) {
    std::lock_guard lock(ring.mutex());
    // Unless its owner has just ended it.
    if (exchange_.rings().find(worker).get() == &ring) relieve(ring);
  }
  return isBusy || hasWork;
}

/** Takes over what waits for a worker: answers that it has not sent, requests, and entries to
 * commit. */
void RingKeeper::relieve(WorkerRing& ring) {
  if (ring.io().unsubmitted() > 0) ring.io().submitForOwner();
  IoUring::Completion completion{};
  while (ring.io().take(completion)) {
    if (completion.data == kBell) {
      ring.watchesBell.store(false, std::memory_order_relaxed);
    } else {
      flow_.arrive(completion, kNoWorker);
    }
  }
  for (const uint32_t index : ring.takeReturns()) post_.commit(index);
}

}  // namespace fuseloop::uring
