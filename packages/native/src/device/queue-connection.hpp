// A FUSE connection without a kernel: the device half of one, as fs/fuse/dev.c keeps it, behind
// DeviceEndpoints that the real reader and workers use. See ConnectionDriver in
// connection-driver.ts for the upper half's contract; FuseConnection is the same in TypeScript.
// Any thread. One lock guards everything; only the notification sink is called without it.

#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "device/background-queue.hpp"
#include "device/init-reply.hpp"
#include "device/input-queue.hpp"
#include "device/processing-queue.hpp"
#include "device/queue-event.hpp"
#include "device/queue-request.hpp"
#include "device/written-message.hpp"

namespace fuseloop::device {

class QueueHandle;

class QueueConnection : public std::enable_shared_from_this<QueueConnection> {
 public:
  explicit QueueConnection(QueueEventSink events);

  /** Queues INIT, the first request of all; returns its token. @throws std::invalid_argument the
   * second time */
  uint64_t mount(std::vector<uint8_t> init);
  /** One more handle of the device; the last that closes ends the connection. */
  std::unique_ptr<QueueHandle> openHandle();
  /** @throws std::invalid_argument for a message shorter than its header */
  uint64_t send(std::vector<uint8_t> message, SendKind kind, ReplyBounds bounds);
  void forget(ForgetOne forget);
  void signal(uint64_t token);
  /** True when the request was not read yet, and so is settled with -EINTR. */
  bool kill(uint64_t token);
  void unmount();
  void abort();
  void setNotificationSink(NotificationSink sink);
  /**
   * Keeps `clients` copies of a message in flight until `count` of them are answered, without any
   * event. `onDone` is called under the lock.
   */
  void repeat(const std::vector<uint8_t>& message, ReplyBounds bounds, uint32_t clients,
              uint64_t count, QueueLoad::OnDone onDone);

  // What follows is for handles.
  ssize_t read(uint32_t handle, std::span<uint8_t> target);
  ssize_t writev(uint32_t handle, std::span<const iovec> pieces);
  void closeHandle(uint32_t handle);
  int pollFd() const { return input_.pollFd(); }

 private:
  enum class State { kNotMounted, kInitializing, kServing, kRefused, kEnded };

  // The ways of a request, in queue-connection.cpp; all with the lock held.
  uint64_t add(RequestList& target, std::vector<uint8_t> message, SendKind kind,
               ReplyBounds bounds);
  void admit(RequestList& single);
  void dispatch(RequestList& from, RequestRef request);
  void queue(RequestList& from, RequestRef request);
  void flushBackground();
  void finish(RequestList& from, RequestRef request, int error, std::span<const uint8_t> body = {});
  void finishAll(RequestList& requests, int error);
  void initAnswered(int error, std::span<const uint8_t> body);
  void mark(RequestRef request);
  void interrupt(RequestRef request);
  void end();
  RequestList& listOf(const QueueRequest& request);

  // What handles do, in queue-connection-io.cpp; with the lock held but where it says otherwise.
  size_t leastReadBuffer() const;
  ssize_t readRequest(uint32_t handle, std::span<uint8_t> target);
  ssize_t tellRead(uint32_t handle, std::span<const uint8_t> message, uint64_t token);
  ssize_t reply(uint32_t handle, const WrittenMessage& written);
  void consume(RequestList& from, RequestRef request, int refusal, const WrittenMessage& written);
  void repeatAnswered(RequestList& from, RequestRef request);
  int answerInterrupt(RequestRef request, const WrittenMessage& written);

  // These take the lock themselves.
  ssize_t notify(const WrittenMessage& written);
  NotificationSink notificationSink();
  void resend();

  const QueueEventSink events_;
  std::mutex mutex_;
  State state_ = State::kNotMounted;
  InitAnswer negotiated_{};
  bool takesInterrupts_ = true;
  bool wasAborted_ = false;
  /** Sent before INIT was answered, in order. */
  RequestList beforeInit_;
  BackgroundQueue background_;
  InputQueue input_;
  std::map<uint32_t, ProcessingQueue> handles_;
  /** Not finished, by token. */
  std::unordered_map<uint64_t, RequestRef> requests_;
  uint64_t lastToken_ = 0;
  uint64_t initToken_ = 0;
  uint32_t lastHandle_ = 0;
  uint64_t lastReadIndex_ = 0;
  NotificationSink notificationSink_;
};

}  // namespace fuseloop::device
