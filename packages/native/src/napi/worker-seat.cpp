#include "napi/worker-seat.hpp"

#include <uv.h>

#include "napi/addon-data.hpp"
#include "napi/javascript-error.hpp"
#include "napi/lock-calls.hpp"
#include "napi/session-registry.hpp"
#include "napi/shared-tables.hpp"

namespace fuseloop::napi {

struct WorkerSeat {
  std::shared_ptr<device::Session> session;
  uint32_t worker = 0;
  napi_env env = nullptr;
  napi_ref onWake = nullptr;
  /** Keeps the shared memory alive in this environment. */
  napi_ref memory = nullptr;
  napi_async_context context = nullptr;
  uv_poll_t poll{};
  napi_async_cleanup_hook_handle hook = nullptr;
  /** Set first thing when leaving; every call looks at it, since JavaScript may keep the functions.
   */
  bool left = false;
};

namespace {

void leave(WorkerSeat& seat) {
  if (seat.left) return;
  seat.left = true;
  seat.session->detachWorker(seat.worker);
  ::uv_close(reinterpret_cast<uv_handle_t*>(&seat.poll), [](uv_handle_t* handle) {
    auto* closed = static_cast<WorkerSeat*>(handle->data);
    closed->session.reset();
    // Not in leave(), which a callback of onBell's may call while these are in use. The environment
    // would not free them.
    ::napi_delete_reference(closed->env, closed->onWake);
    ::napi_delete_reference(closed->env, closed->memory);
    ::napi_async_destroy(closed->env, closed->context);
    // Last: the environment may delete the seat on return.
    ::napi_remove_async_cleanup_hook(closed->hook);
  });
}

/** At the environment's end, whatever ended it: no JavaScript of this thread runs any more. */
void onEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
  leave(*static_cast<WorkerSeat*>(data));
}

void onBell(uv_poll_t* poll, int, int) {
  auto& seat = *static_cast<WorkerSeat*>(poll->data);
  if (seat.left) return;
  seat.session->bells().silence(seat.worker);
  seat.session->ring()
      .workerWord(seat.worker, ring::worker::kTurns)
      .fetch_add(1, std::memory_order_relaxed);
  seat.session->ring()
      .workerWord(seat.worker, ring::worker::kSleeping)
      .store(0, std::memory_order_seq_cst);
  napi_handle_scope scope = nullptr;
  if (::napi_open_handle_scope(seat.env, &scope) != napi_ok) return;
  napi_value callback = nullptr;
  napi_value receiver = nullptr;
  napi_value result = nullptr;
  ::napi_get_reference_value(seat.env, seat.onWake, &callback);
  ::napi_get_global(seat.env, &receiver);
  napi_status status =
      ::napi_make_callback(seat.env, seat.context, receiver, callback, 0, nullptr, &result);
  if (status == napi_pending_exception) {
    napi_value exception = nullptr;
    if (::napi_get_and_clear_last_exception(seat.env, &exception) == napi_ok) {
      ::napi_fatal_exception(seat.env, exception);
    }
  }
  ::napi_close_handle_scope(seat.env, scope);
}

napi_value number(napi_env env, int32_t value) {
  napi_value result = nullptr;
  ::napi_create_int32(env, value, &result);
  return result;
}

// The calls of the request path are raw Node-API functions: they cost a fifth of wrapped methods.

napi_value next(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  ::napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  return number(env, seat.left ? -2 : seat.session->next(seat.worker));
}

napi_value finish(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t count = 2;
  napi_value arguments[2];
  ::napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  if (seat.left) return number(env, -ENOENT);
  uint32_t slot = 0;
  ::napi_get_value_uint32(env, arguments[0], &slot);
  std::span<const uint8_t> external;
  if (count > 1) {
    void* bytes = nullptr;
    size_t length = 0;
    napi_typedarray_type type{};
    if (::napi_get_typedarray_info(env, arguments[1], &type, &length, &bytes, nullptr, nullptr) ==
        napi_ok) {
      external = {static_cast<const uint8_t*>(bytes), length};
    }
  }
  return number(env, seat.session->finish(seat.worker, slot, external));
}

napi_value park(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t count = 2;
  napi_value arguments[2];
  ::napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  if (seat.left) return number(env, -ENOENT);
  uint32_t slot = 0;
  ::napi_get_value_uint32(env, arguments[0], &slot);
  node::LockRequest request = readLockRequest(Napi::Value(env, arguments[1]));
  return number(env, seat.session->park(seat.worker, slot, request));
}

napi_value discard(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t count = 1;
  napi_value arguments[1];
  ::napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  uint32_t slot = 0;
  ::napi_get_value_uint32(env, arguments[0], &slot);
  if (!seat.left) seat.session->discard(seat.worker, slot);
  return nullptr;
}

napi_value yieldTurn(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  ::napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  if (!seat.left) seat.session->bells().ring(seat.worker);
  return nullptr;
}

napi_value detach(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  ::napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  leave(*static_cast<WorkerSeat*>(data));
  return nullptr;
}

/** Before the environment's end, by a thread that knows of it. */
napi_value abandon(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  ::napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto& seat = *static_cast<WorkerSeat*>(data);
  if (!seat.left) seat.session->abandonWorker(seat.worker);
  return nullptr;
}

void define(Napi::Object target, const char* name, napi_callback callback, WorkerSeat& seat) {
  napi_value function = nullptr;
  ::napi_create_function(target.Env(), name, NAPI_AUTO_LENGTH, callback, &seat, &function);
  target.Set(name, function);
}

void listen(Napi::Env env, WorkerSeat& seat) {
  uv_loop_s* loop = nullptr;
  ::napi_get_uv_event_loop(env, &loop);
  int failure = ::uv_poll_init(loop, &seat.poll, seat.session->bells().fd(seat.worker));
  if (failure != 0) throw std::runtime_error("cannot watch the worker's bell");
  seat.poll.data = &seat;
  ::napi_add_async_cleanup_hook(env, onEnvironmentEnd, &seat, &seat.hook);
  ::uv_poll_start(&seat.poll, UV_READABLE, onBell);
}

}  // namespace

Napi::Value attachWorker(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto session = SessionRegistry::instance().find(info[0].As<Napi::Number>().Uint32Value());
    if (!session) throw std::runtime_error("the session has ended");
    auto owned = std::make_shared<WorkerSeat>();
    WorkerSeat& seat = *owned;
    seat.session = session;
    seat.worker = info[1].As<Napi::Number>().Uint32Value();
    seat.env = env;
    uint32_t generation = session->attachWorker(seat.worker);
    // Lives as long as the environment: JavaScript may call the functions at any time.
    env.GetInstanceData<AddonData>()->keep(owned);
    ::napi_create_reference(env, info[2], 1, &seat.memory);
    ::napi_create_reference(env, info[3], 1, &seat.onWake);
    ::napi_async_init(env, nullptr, Napi::String::New(env, "FUSE_REQUESTS"), &seat.context);
    listen(env, seat);

    Napi::Object calls = Napi::Object::New(env);
    calls.Set("generation", Napi::Number::New(env, generation));
    define(calls, "next", next, seat);
    define(calls, "finish", finish, seat);
    define(calls, "finishWith", finish, seat);
    define(calls, "discard", discard, seat);
    define(calls, "yield", yieldTurn, seat);
    define(calls, "abandon", abandon, seat);
    define(calls, "detach", detach, seat);
    calls.Set("nodes", nodeTableCalls(env, session));
    Napi::Object locks = sessionLockCalls(env, session);
    define(locks, "park", park, seat);
    calls.Set("locks", locks);
    calls.Set("openFiles", openFileTableCalls(env, session));
    calls.Set("directories", directoryTableCalls(env, session));
    return calls;
  });
}

}  // namespace fuseloop::napi
