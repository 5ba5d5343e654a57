#include "device/session.hpp"

#include <poll.h>
#include <sys/prctl.h>

#include <cerrno>

#include "base/monotonic-clock.hpp"
#include "base/system-error.hpp"
#include "device/backing-ioctls.hpp"
#include "device/closing-files.hpp"
#include "device/transport-parts.hpp"

namespace fuseloop::device {

namespace layout = ring::slot;

Session::Session(std::span<uint8_t> memory,
                 std::span<const uint8_t, RequestRouting::kByteLength> routing,
                 bool refuseSelfAccess)
    : ring_(memory),
      routing_(routing),
      selfAccess_(refuseSelfAccess),
      bells_(ring_),
      backingFiles_([this](int fd) { return openBacking(*device_, fd); },
                    [this](int id) { closeBacking(*device_, id); }),
      locks_([this](uint64_t unique) { return grantLock(unique); }) {
  nodes_.countChanges(ring_.controlWord(ring::control::kNameChanges));
  useTransport(std::make_unique<Transport>(ring_));
}

Session::~Session() { stop(); }

void Session::attachDevice(std::unique_ptr<DeviceEndpoint> device) { device_ = std::move(device); }

void Session::useTransport(std::unique_ptr<Transport> transport) {
  transport_.store(transport.get(), std::memory_order_release);
  transports_.push_back(std::move(transport));
}

std::vector<uint8_t> Session::readFirst(int timeoutMs) {
  std::vector<uint8_t> message(ring::kPageSize - layout::kRequest + ring_.payloadSize());
  pollfd ready{device_->pollFd(), POLLIN, 0};
  int count = ::poll(&ready, 1, timeoutMs);
  if (count < 0) base::throwErrno("poll", "/dev/fuse");
  if (count == 0)
    throw base::SystemError(ETIMEDOUT, "read", "/dev/fuse",
                            "the kernel sent no INIT, as to a device that was served before");
  ssize_t length = device_->read(message);
  if (length < 0) throw base::SystemError(static_cast<int>(-length), "read", "/dev/fuse");
  message.resize(static_cast<size_t>(length));
  checkIsInit(message);
  return message;
}

/** Somebody has served the device before, and its clients know his nodes and handles. */
void Session::checkIsInit(std::span<const uint8_t> message) {
  // What is malformed is refused by who decodes it.
  if (message.size() < sizeof(InHeader)) return;
  const auto header = loadWire<InHeader>(message.data(), 0);
  if (header.opcode == kOpInit || header.length != message.size()) return;
  OutHeader refusal{sizeof(OutHeader), -EIO, header.unique};
  std::array<iovec, 1> pieces{{{&refusal, sizeof refusal}}};
  // What wants no answer is not found by the kernel.
  static_cast<void>(device_->writev(pieces));
  throw base::SystemError(EBUSY, "read", "/dev/fuse",
                          "the device was served before, and cannot be taken over");
}

void Session::writeReply(std::span<const uint8_t> reply) {
  std::array<iovec, 1> pieces{{{const_cast<uint8_t*>(reply.data()), reply.size()}}};
  ssize_t count = device_->writev(pieces);
  if (count < 0) throw base::SystemError(static_cast<int>(-count), "write", "/dev/fuse");
}

void Session::start(OnEnd onEnd, std::function<void(const PassedDeadline&)> onPassed,
                    std::function<void(uint32_t, uint32_t)> onStuck) {
  ring_.setState(SessionState::kServing);
  notifier_.arm(*device_);
  makeParts(std::move(onPassed), std::move(onStuck));
  watcher_ = std::jthread([this](const std::stop_token& token) {
    ::prctl(PR_SET_NAME, "fuse-watchdog");
    watchdog_->run(token);
  });
  reader_ = std::jthread([this, onEnd = std::move(onEnd)](const std::stop_token& token) {
    ::prctl(PR_SET_NAME, "fuse-reader");
    DeviceReader reader({{filing(), early_, transport()},
                         *device_,
                         selfAccess_,
                         notifier_,
                         readerBell_,
                         readerWaits_,
                         severed_,
                         writes_,
                         inbox_,
                         trace_});
    const int reason = reader.run(token);
    std::vector<LostFile> lost = closeFiles(reader, token);
    tellWorkers(SessionState::kEnded);
    onEnd(reason, std::move(lost));
  });
}

void Session::makeParts(std::function<void(const PassedDeadline&)> onPassed,
                        std::function<void(uint32_t, uint32_t)> onStuck) {
  replies_ = std::make_unique<ReplyWriter>(ring_, *device_, requests_, own_, transport(),
                                           [this] { wakeReader(); });
  watchdog_ = std::make_unique<Watchdog>(ring_, *replies_, bells_, locks_, std::move(onPassed),
                                         std::move(onStuck));
  transport().start({filing(), *device_, early_, inbox_, writes_, trace_});
  // Workers that have their seats look at the transport when they are rung.
  bells_.ringAll();
}

FilingParts Session::filing() {
  return {ring_,  *replies_, routing_,   bells_,        *watchdog_, requests_,
          locks_, nodes_,    openFiles_, backingFiles_, seats_};
}

/** The kernel is gone; workers are still there for what clients have left open. */
std::vector<LostFile> Session::closeFiles(DeviceReader& reader, const std::stop_token& stop) {
  // The kernel has failed those who wait.
  locks_.clear();
  notifier_.disarm();
  uint64_t unset = kUnset;
  closeBy_.compare_exchange_strong(unset, base::monotonicNanoseconds() + kClosingTime);
  tellWorkers(SessionState::kClosing);
  ClosingFiles closing(
      {ring_, reader.intake(), own_, writes_, openFiles_, readerBell_, readerWaits_, closeBy_,
       [this] { return transport().mayBring(); }, [&reader] { reader.tend(); }},
      stop);
  return closing.run();
}

/** Their handlers' signals are aborted at the device's end; at the session's end they leave. */
void Session::tellWorkers(SessionState state) {
  ring_.setState(state);
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    ring_.workerWord(worker, ring::worker::kInterrupts).fetch_add(1, std::memory_order_release);
  }
  bells_.ringAll();
}

void Session::refuseOpens() {
  ring_.controlWord(ring::control::kRefusesOpens).store(1, std::memory_order_release);
}

void Session::closeBy(uint64_t time) {
  closeBy_.store(time);
  readerBell_.signal();
}

void Session::limitNodes(size_t most, uint32_t minor) {
  notifier_.sweep(NodeSweep(nodes_, most, minor));
}

void Session::stop() {
  // First: what it writes may wait for requests that the reader has to bring.
  notifier_.stop();
  std::lock_guard lock(stopMutex_);
  if (!reader_.joinable()) return;
  reader_.request_stop();
  watcher_.request_stop();
  readerBell_.signal();
  watchdog_->wake();
  reader_.join();
  watcher_.join();
  transport().stop();
}

void Session::giveBack() {
  for (uint32_t worker = 0; worker < ring_.workerCount(); ++worker) {
    if (!seats_.isFree(worker)) return;
  }
  readerBell_.close();
  bells_.close();
  if (watchdog_) watchdog_->close();
  if (device_) device_->release();
  ring_.discardSlots();
}

bool Session::isConnected() const {
  if (severed_.load(std::memory_order_acquire)) return false;
  pollfd state{device_->pollFd(), 0, 0};
  return ::poll(&state, 1, 0) <= 0 || (state.revents & (POLLERR | POLLHUP)) == 0;
}

void Session::sever() {
  if (device_) device_->close();
  severed_.store(true, std::memory_order_release);
  // A reader in poll(2) still holds the old description; the connection ends when it lets go.
  readerBell_.signal();
  std::lock_guard lock(stopMutex_);
  // A reader that runs tells workers itself, when it has closed files.
  if (reader_.joinable()) return;
  locks_.clear();
  notifier_.disarm();
  tellWorkers(SessionState::kEnded);
}

int Session::deviceFd() {
  return device_ && ring_.state() != SessionState::kEnded ? device_->pollFd() : -1;
}

bool Session::grantLock(uint64_t unique) {
  return replies_ && replies_->answerUnique(unique, 0) == 0;
}

void Session::wakeReader() {
  // Seq_cst on both sides: the slot is free before we look; the reader says that it waits before it
  // looks.
  if (readerWaits_.load(std::memory_order_seq_cst) && readerWaits_.exchange(false))
    readerBell_.signal();
}

}  // namespace fuseloop::device
