#include "napi/notification-port.hpp"

#include <uv.h>

#include "napi/addon-data.hpp"
#include "napi/javascript-error.hpp"
#include "napi/session-registry.hpp"
#include "napi/shared-tables.hpp"

namespace fuseloop::napi {

namespace {

struct Settled {
  uint32_t id;
  int result;
  std::vector<uint8_t> data;
};

/** Outlives its environment as long as the notifier holds something of it to settle. */
class NotificationPort {
 public:
  NotificationPort(napi_env env, std::weak_ptr<device::Session> session)
      : env_(env), session_(std::move(session)) {}

  /** On the JavaScript thread, once. */
  void open(const std::shared_ptr<NotificationPort>& self, Napi::Value onSettled) {
    uv_loop_s* loop = nullptr;
    ::napi_get_uv_event_loop(env_, &loop);
    ::uv_async_init(loop, &async_, [](uv_async_t* async) {
      static_cast<NotificationPort*>(async->data)->deliver();
    });
    async_.data = this;
    keepAlive(false);
    ::napi_create_reference(env_, onSettled, 1, &onSettled_);
    ::napi_async_init(env_, nullptr, Napi::String::New(env_, "FUSE_NOTIFY"), &context_);
    ::napi_add_async_cleanup_hook(
        env_,
        [](napi_async_cleanup_hook_handle, void* data) {
          static_cast<NotificationPort*>(data)->close();
        },
        this, &hook_);
    isOpen_ = true;
    self_ = self;
  }

  uint32_t send(std::span<const uint8_t> message) {
    uint32_t id = ++lastId_;
    auto done = [self = self_, id](int result, std::vector<uint8_t> data) {
      self->settle({id, result, std::move(data)});
    };
    if (auto session = session_.lock()) {
      session->notifier().send({message.begin(), message.end()}, done);
    } else {
      done(-ENODEV, {});
    }
    if (pending_++ == 0) keepAlive(true);
    return id;
  }

 private:
  /** Any thread. */
  void settle(Settled settled) {
    std::lock_guard lock(mutex_);
    if (!isOpen_) return;
    settled_.push_back(std::move(settled));
    ::uv_async_send(&async_);
  }

  void deliver() {
    std::vector<Settled> settled;
    {
      std::lock_guard lock(mutex_);
      if (!isOpen_) return;
      settled.swap(settled_);
    }
    pending_ -= settled.size();
    if (pending_ == 0) keepAlive(false);
    Napi::Env env(env_);
    Napi::HandleScope scope(env);
    for (const Settled& one : settled) {
      napi_value arguments[3] = {
          Napi::Number::New(env, one.id), Napi::Number::New(env, one.result),
          Napi::Buffer<uint8_t>::Copy(env, one.data.data(), one.data.size())};
      call(env, arguments);
    }
  }

  /** Whoever awaits a result must be told, even by a thread with nothing else to do. */
  void keepAlive(bool isPending) {
    auto* handle = reinterpret_cast<uv_handle_t*>(&async_);
    isPending ? ::uv_ref(handle) : ::uv_unref(handle);
  }

  void call(Napi::Env env, napi_value* arguments) {
    napi_value callback = nullptr;
    napi_value receiver = env.Global();
    napi_value result = nullptr;
    ::napi_get_reference_value(env_, onSettled_, &callback);
    napi_status status =
        ::napi_make_callback(env_, context_, receiver, callback, 3, arguments, &result);
    if (status != napi_pending_exception) return;
    napi_value exception = nullptr;
    if (::napi_get_and_clear_last_exception(env_, &exception) == napi_ok)
      ::napi_fatal_exception(env_, exception);
  }

  /** At the environment's end: no JavaScript of this thread runs any more. */
  void close() {
    {
      std::lock_guard lock(mutex_);
      isOpen_ = false;
      settled_.clear();
    }
    ::uv_close(reinterpret_cast<uv_handle_t*>(&async_), [](uv_handle_t* handle) {
      auto* port = static_cast<NotificationPort*>(handle->data);
      ::napi_delete_reference(port->env_, port->onSettled_);
      ::napi_async_destroy(port->env_, port->context_);
      std::shared_ptr<NotificationPort> last = std::move(port->self_);
      // Last: the environment may be gone on return.
      ::napi_remove_async_cleanup_hook(port->hook_);
    });
  }

  const napi_env env_;
  const std::weak_ptr<device::Session> session_;
  uv_async_t async_{};
  napi_ref onSettled_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  uint32_t lastId_ = 0;
  /** Not delivered yet. */
  size_t pending_ = 0;
  /** Kept until libuv has let go of the handle. */
  std::shared_ptr<NotificationPort> self_;
  /** Guards what follows: the notifier's thread settles while the environment ends. */
  std::mutex mutex_;
  bool isOpen_ = false;
  std::vector<Settled> settled_;
};

}  // namespace

Napi::Value openNotifications(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto session = SessionRegistry::instance().find(info[0].As<Napi::Number>().Uint32Value());
    if (!session) throw std::runtime_error("the session has ended");
    auto port = std::make_shared<NotificationPort>(env, session);
    port->open(port, info[1]);
    Napi::Object calls = Napi::Object::New(env);
    calls.Set("send",
              Napi::Function::New(env, [port](const Napi::CallbackInfo& call) -> Napi::Value {
                return guarded(call.Env(), [&]() -> Napi::Value {
                  auto message = call[0].As<Napi::Uint8Array>();
                  uint32_t id = port->send({message.Data(), message.ByteLength()});
                  return Napi::Number::New(call.Env(), id);
                });
              }));
    calls.Set("nodes", nodeTableCalls(env, session));
    return calls;
  });
}

}  // namespace fuseloop::napi
