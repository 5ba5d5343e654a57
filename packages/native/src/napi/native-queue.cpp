#include "napi/native-queue.hpp"

#include <poll.h>

#include <future>
#include <stdexcept>

#include "base/system-error.hpp"
#include "napi/background-task.hpp"
#include "napi/javascript-error.hpp"

namespace fuseloop::napi {

namespace {

using device::ReplyBounds;
using device::SendKind;

/** Marks the objects of this class, since Unwrap() takes any object's word for it. */
constexpr napi_type_tag kTag{0x66757365'6c6f6f70, 0x6e617469'76657175};

std::vector<uint8_t> bytesOf(const Napi::Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

uint64_t wordOf(const Napi::Value& value) {
  bool isLossless = false;
  return value.As<Napi::BigInt>().Uint64Value(&isLossless);
}

uint64_t tokenOf(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
}

uint32_t numberOf(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

}  // namespace

Napi::Function NativeQueue::define(Napi::Env env) {
  return DefineClass(env, "NativeQueue",
                     {
                         InstanceMethod<&NativeQueue::mount>("mount"),
                         InstanceMethod<&NativeQueue::send>("send"),
                         InstanceMethod<&NativeQueue::forget>("forget"),
                         InstanceMethod<&NativeQueue::signal>("signal"),
                         InstanceMethod<&NativeQueue::kill>("kill"),
                         InstanceMethod<&NativeQueue::unmount>("unmount"),
                         InstanceMethod<&NativeQueue::abort>("abort"),
                         InstanceMethod<&NativeQueue::setNotificationSink>("setNotificationSink"),
                         InstanceMethod<&NativeQueue::repeat>("repeat"),
                         InstanceMethod<&NativeQueue::openHandle>("openHandle"),
                         InstanceMethod<&NativeQueue::read>("read"),
                         InstanceMethod<&NativeQueue::writev>("writev"),
                         InstanceMethod<&NativeQueue::poll>("poll"),
                         InstanceMethod<&NativeQueue::closeHandle>("closeHandle"),
                     });
}

std::shared_ptr<device::QueueConnection> NativeQueue::connectionOf(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag))
    throw std::invalid_argument("expected a NativeQueue");
  return Unwrap(value.As<Napi::Object>())->connection_;
}

NativeQueue::NativeQueue(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeQueue>(info) {
  guarded(info.Env(), [&] {
    info.This().As<Napi::Object>().TypeTag(&kTag);
    channel_ = std::make_shared<QueueChannel>(info.Env(), info[0].As<Napi::Function>());
    connection_ = std::make_shared<device::QueueConnection>(
        [channel = channel_](const device::QueueEvent& event) { channel->append(event); });
    // Hooks run in reverse order, so this one before that of the channel's thread-safe function. A
    // load that runs ends too: its thread is joined at teardown.
    teardown_ =
        info.Env().AddCleanupHook(TeardownHook([channel = channel_, connection = connection_] {
          channel->close(true);
          connection->unmount();
        }));
  });
}

NativeQueue::~NativeQueue() {
  // Otherwise the hook has run, and is gone.
  if (channel_ && channel_->close(false)) teardown_.Remove(Env());
}

Napi::Value NativeQueue::mount(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    uint64_t token = connection_->mount(bytesOf(info[0]));
    channel_->keepProcess();
    return Napi::Number::New(info.Env(), static_cast<double>(token));
  });
}

Napi::Value NativeQueue::send(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    uint64_t token = connection_->send(bytesOf(info[0]), static_cast<SendKind>(numberOf(info[1])),
                                       ReplyBounds{numberOf(info[2]), numberOf(info[3])});
    return Napi::Number::New(info.Env(), static_cast<double>(token));
  });
}

void NativeQueue::forget(const Napi::CallbackInfo& info) {
  connection_->forget({wordOf(info[0]), wordOf(info[1])});
}

void NativeQueue::signal(const Napi::CallbackInfo& info) { connection_->signal(tokenOf(info[0])); }

Napi::Value NativeQueue::kill(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), connection_->kill(tokenOf(info[0])));
}

void NativeQueue::unmount(const Napi::CallbackInfo&) { connection_->unmount(); }

void NativeQueue::abort(const Napi::CallbackInfo&) { connection_->abort(); }

void NativeQueue::setNotificationSink(const Napi::CallbackInfo& info) {
  channel_->setNotify(info[0].As<Napi::Function>());
  connection_->setNotificationSink(
      [channel = channel_](int32_t code, std::span<const uint8_t> body) {
        return channel->notify(code, body);
      });
}

Napi::Value NativeQueue::repeat(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto elapsed = std::make_shared<std::promise<int64_t>>();
    connection_->repeat(bytesOf(info[0]), {numberOf(info[1]), numberOf(info[2])}, numberOf(info[3]),
                        tokenOf(info[4]),
                        [elapsed](int64_t result) { elapsed->set_value(result); });
    return BackgroundTask::run(info.Env(), "FUSE_QUEUE_LOAD", [elapsed] {
      int64_t result = elapsed->get_future().get();
      if (result < 0) throw base::SystemError(static_cast<int>(-result), "repeat");
      return [result](Napi::Env env) -> Napi::Value {
        return Napi::Number::New(env, static_cast<double>(result));
      };
    });
  });
}

Napi::Value NativeQueue::openHandle(const Napi::CallbackInfo& info) {
  auto handle = connection_->openHandle();
  uint32_t id = handle->id();
  handles_.emplace(id, std::move(handle));
  return Napi::Number::New(info.Env(), id);
}

Napi::Value NativeQueue::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto target = info[1].As<Napi::Uint8Array>();
    ssize_t count = connection_->read(numberOf(info[0]), {target.Data(), target.ByteLength()});
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

Napi::Value NativeQueue::writev(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto given = info[1].As<Napi::Array>();
    std::vector<iovec> pieces;
    for (uint32_t index = 0; index < given.Length(); ++index) {
      auto piece = given.Get(index).As<Napi::Uint8Array>();
      pieces.push_back({piece.Data(), piece.ByteLength()});
    }
    ssize_t count = connection_->writev(numberOf(info[0]), pieces);
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

Napi::Value NativeQueue::poll(const Napi::CallbackInfo& info) {
  pollfd state{connection_->pollFd(), POLLIN, 0};
  if (::poll(&state, 1, 0) < 0) base::throwErrno("poll");
  const char* name = (state.revents & POLLHUP) != 0  ? "ended"
                     : (state.revents & POLLIN) != 0 ? "readable"
                                                     : "idle";
  return Napi::String::New(info.Env(), name);
}

void NativeQueue::closeHandle(const Napi::CallbackInfo& info) { handles_.erase(numberOf(info[0])); }

}  // namespace fuseloop::napi
