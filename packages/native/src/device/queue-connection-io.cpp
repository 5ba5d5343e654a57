// What handles of an in-process connection do: reads and writes, with the kernel's refusals.

#include <cerrno>

#include "device/notification-frame.hpp"
#include "device/queue-connection.hpp"

namespace fuseloop::device {

namespace {

/** FUSE_MIN_READ_BUFFER. */
constexpr size_t kLeastBuffer = 8192;
/** fuse_in_header and fuse_write_in. */
constexpr size_t kWriteHeaders = 80;
constexpr uint32_t kOpSetXattr = 21;
/** FUSE_INT_REQ_BIT: the reply is to an INTERRUPT. */
constexpr uint64_t kInterruptBit = 1;
/** fs/fuse/dev.c fuse_dev_do_write(): errors end here. */
constexpr int32_t kErrorLimit = -512;

/** Without an upper half no inode is cached. */
int notifyNobody(int32_t code) {
  bool needsNoInode = code == kNotifyPoll || code == kNotifyIncEpoch || code == kNotifyPrune;
  return needsNoInode ? 0 : -ENOENT;
}

/** fs/fuse/dev.c fuse_copy_out_args(): an error comes alone, and a body has the length it must
 * have.
 */
bool fits(const WrittenMessage& written, ReplyBounds bounds) {
  if (written.header().error != 0) return written.bodyLength() == 0;
  return written.bodyLength() >= bounds.least && written.bodyLength() <= bounds.most;
}

}  // namespace

size_t QueueConnection::leastReadBuffer() const {
  return std::max(kLeastBuffer, kWriteHeaders + negotiated_.maxWrite);
}

/** fs/fuse/dev.c fuse_dev_read() and fuse_dev_do_read(). */
ssize_t QueueConnection::read(uint32_t handle, std::span<uint8_t> target) {
  std::lock_guard lock(mutex_);
  if (!handles_.contains(handle)) return -EBADF;
  if (state_ == State::kNotMounted) return -EPERM;
  if (target.size() < leastReadBuffer()) return -EINVAL;
  if (state_ == State::kEnded) return wasAborted_ ? -ECONNABORTED : -ENODEV;
  for (;;) {
    switch (input_.nextTurn()) {
      case InputQueue::Turn::kNothing:
        input_.rest();
        return -EAGAIN;
      case InputQueue::Turn::kInterrupt:
        return tellRead(handle, target.first(input_.readInterrupt(target)), 0);
      case InputQueue::Turn::kForget:
        return tellRead(handle, target.first(input_.readForget(target, negotiated_.minor)), 0);
      case InputQueue::Turn::kRequest:
        if (ssize_t length = readRequest(handle, target); length > 0) return length;
    }
  }
}

ssize_t QueueConnection::tellRead(uint32_t handle, std::span<const uint8_t> message,
                                  uint64_t token) {
  events_({.kind = QueueEventKind::kRead, .token = token, .handle = handle, .data = message});
  return static_cast<ssize_t>(message.size());
}

/** 0 when the request is too long: it fails alone, and the next is tried. */
ssize_t QueueConnection::readRequest(uint32_t handle, std::span<uint8_t> target) {
  RequestList& pending = input_.pending();
  RequestRef request = pending.begin();
  size_t length = request->message.size();
  if (length > target.size()) {
    finish(pending, request, request->opcode() == kOpSetXattr ? -E2BIG : -EIO);
    return 0;
  }
  std::memcpy(target.data(), request->message.data(), length);
  if (!request->load) tellRead(handle, target.first(length), request->token);
  if (request->expectsReply()) {
    RequestList& processing = handles_.at(handle).listOf(request->unique());
    processing.splice(processing.end(), pending, request);
    request->place = RequestPlace::kProcessing;
    request->handle = handle;
    request->readIndex = ++lastReadIndex_;
    if (request->isInterrupted) interrupt(request);
  } else {
    finish(pending, request, 0);
  }
  return static_cast<ssize_t>(length);
}

/** fs/fuse/dev.c fuse_dev_write() and fuse_dev_do_write(). */
ssize_t QueueConnection::writev(uint32_t handle, std::span<const iovec> pieces) {
  WrittenMessage written(pieces);
  std::unique_lock lock(mutex_);
  if (!handles_.contains(handle)) return -EBADF;
  if (state_ == State::kNotMounted) return -EPERM;
  if (!written.isWhole()) return -EINVAL;
  if (written.header().unique != 0 || written.header().length != written.size())
    return reply(handle, written);
  lock.unlock();
  return notify(written);
}

ssize_t QueueConnection::reply(uint32_t handle, const WrittenMessage& written) {
  const OutHeader& header = written.header();
  ProcessingQueue& processing = handles_.at(handle);
  std::optional<RequestRef> request = processing.find(header.unique & ~kInterruptBit);
  bool isConsumed = false;
  int refusal = 0;
  if (header.length != written.size() || header.error > 0 || header.error <= kErrorLimit) {
    refusal = -EINVAL;
  } else if (!request) {
    refusal = -ENOENT;
  } else if ((header.unique & kInterruptBit) != 0) {
    refusal = answerInterrupt(*request, written);
  } else {
    isConsumed = true;
    refusal = fits(written, (*request)->bounds) ? 0 : -EINVAL;
  }
  ssize_t result = refusal < 0 ? refusal : static_cast<ssize_t>(written.size());
  if (!request || !(*request)->load) {
    events_({.kind = QueueEventKind::kWritten,
             .token = request ? (*request)->token : 0,
             .unique = header.unique,
             .handle = handle,
             .error = header.error,
             .result = static_cast<int32_t>(result),
             .byteLength = static_cast<uint32_t>(written.size())});
  }
  // After the event: what the sender does next comes later.
  if (isConsumed) consume(processing.listOf(header.unique), *request, refusal, written);
  return result;
}

void QueueConnection::consume(RequestList& from, RequestRef request, int refusal,
                              const WrittenMessage& written) {
  if (request->load && refusal == 0) {
    repeatAnswered(from, request);
    return;
  }
  int error = refusal < 0 ? -EIO : written.header().error;
  std::vector<uint8_t> body;
  if (error == 0) body = written.body();
  finish(from, request, error, body);
}

void QueueConnection::repeatAnswered(RequestList& from, RequestRef request) {
  std::shared_ptr<QueueLoad> load = request->load;
  if (load->sendsAnother())
    input_.append(from, request);
  else
    from.erase(request);
  load->answered();
}

/** The daemon's answer to an INTERRUPT, while the request itself is not answered. */
int QueueConnection::answerInterrupt(RequestRef request, const WrittenMessage& written) {
  if (written.bodyLength() > 0) return -EINVAL;
  int32_t error = written.header().error;
  if (error == -ENOSYS) takesInterrupts_ = false;
  if (error != -EAGAIN) return 0;
  if (!request->isInterrupted) return -EINVAL;
  interrupt(request);
  return 0;
}

ssize_t QueueConnection::notify(const WrittenMessage& written) {
  int32_t code = written.header().error;
  std::vector<uint8_t> body = written.body();
  int result = checkNotification(code, body);
  if (result == 0 && code == kNotifyResend) {
    resend();
  } else if (result == 0) {
    NotificationSink sink = notificationSink();
    result = sink ? sink(code, body) : notifyNobody(code);
  }
  std::lock_guard lock(mutex_);
  events_({.kind = QueueEventKind::kNotified, .error = code, .result = result, .data = body});
  return result < 0 ? result : static_cast<ssize_t>(written.size());
}

NotificationSink QueueConnection::notificationSink() {
  std::lock_guard lock(mutex_);
  return notificationSink_;
}

/** fs/fuse/dev.c fuse_resend(). */
void QueueConnection::resend() {
  std::lock_guard lock(mutex_);
  RequestList requests;
  for (auto& [id, processing] : handles_) requests.splice(requests.end(), processing.takeAll());
  // The oldest first, by when they were sent: a background request may have waited for its unique.
  requests.sort(
      [](const QueueRequest& one, const QueueRequest& other) { return one.token < other.token; });
  input_.putBack(requests);
}

}  // namespace fuseloop::device
