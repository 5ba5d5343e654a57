#include "napi/queue-channel.hpp"

#include <cerrno>
#include <chrono>

#include "napi/queue-event-record.hpp"

namespace fuseloop::napi {

/** A JavaScript thread that is busy for so long, or blocked by the writer, is not waited for. */
constexpr auto kNotifyDeadline = std::chrono::seconds(5);

struct QueueChannel::Notification {
  int32_t code;
  std::vector<uint8_t> body;
  std::optional<int> result;
};

QueueChannel::QueueChannel(Napi::Env env, const Napi::Function& onEvents)
    : env_(env),
      toJavaScript_(Napi::ThreadSafeFunction::New(env, onEvents, "FUSE_QUEUE_EVENTS", 0, 1)) {
  toJavaScript_.Unref(env);
}

void QueueChannel::append(const device::QueueEvent& event) {
  std::lock_guard lock(mutex_);
  if (!isOpen_) return;
  appendEvent(batch_, event);
  hasEnded_ |= event.kind == device::QueueEventKind::kEnded;
  if (isRung_) return;
  isRung_ = true;
  toJavaScript_.NonBlockingCall(
      [self = shared_from_this()](Napi::Env env, const Napi::Function& onEvents) {
        self->deliver(env, onEvents);
      });
}

void QueueChannel::deliver(Napi::Env env, const Napi::Function& onEvents) {
  std::vector<uint8_t> batch;
  {
    std::lock_guard lock(mutex_);
    if (!isOpen_) return;
    isRung_ = false;
    batch.swap(batch_);
    if (hasEnded_) toJavaScript_.Unref(env);
  }
  onEvents.Call({Napi::Buffer<uint8_t>::Copy(env, batch.data(), batch.size())});
}

int QueueChannel::notify(int32_t code, std::span<const uint8_t> body) {
  if (std::this_thread::get_id() == thread_) return callNotify(env_, code, body);
  auto notification = std::make_shared<Notification>();
  notification->code = code;
  notification->body.assign(body.begin(), body.end());
  std::unique_lock lock(mutex_);
  if (!isOpen_) return -ETIMEDOUT;
  toJavaScript_.NonBlockingCall(
      [self = shared_from_this(), notification](Napi::Env env, const Napi::Function&) {
        int result = self->callNotify(env, notification->code, notification->body);
        std::lock_guard answering(self->mutex_);
        notification->result = result;
        self->answered_.notify_all();
      });
  answered_.wait_for(lock, kNotifyDeadline, [&] { return notification->result || !isOpen_; });
  return notification->result.value_or(-ETIMEDOUT);
}

/** What it throws stays pending and reaches the caller's JavaScript when the native call returns.
 */
int QueueChannel::callNotify(Napi::Env env, int32_t code, std::span<const uint8_t> body) {
  if (notify_.IsEmpty()) return -ENOENT;
  Napi::HandleScope scope(env);
  try {
    Napi::Value result = notify_.Call(
        {Napi::Number::New(env, code), Napi::Buffer<uint8_t>::Copy(env, body.data(), body.size())});
    return result.As<Napi::Number>().Int32Value();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return -EIO;
  }
}

void QueueChannel::setNotify(const Napi::Function& notify) { notify_ = Napi::Persistent(notify); }

void QueueChannel::keepProcess() { toJavaScript_.Ref(env_); }

bool QueueChannel::close(bool isTeardown) {
  std::lock_guard lock(mutex_);
  if (!isOpen_) return false;
  isOpen_ = false;
  notify_.Reset();
  answered_.notify_all();
  // At teardown Node.js closes it itself, right after.
  if (!isTeardown) toJavaScript_.Release();
  return true;
}

}  // namespace fuseloop::napi
