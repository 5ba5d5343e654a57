#include "napi/worker-seat.hpp"

#include <unistd.h>
#include <uv.h>

#include "base/monotonic-clock.hpp"
#include "napi/addon-data.hpp"
#include "napi/backing-calls.hpp"
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
  uv_loop_s* loop = nullptr;
  uv_poll_t bell{};
  /** Over what the transport names. */
  uv_poll_t source{};
  uv_prepare_t prepare{};
  bool hasSource = false;
  /** The process's main thread has more to do than its handlers. */
  const bool mayLinger = ::gettid() != ::getpid();
  int openHandles = 0;
  napi_async_cleanup_hook_handle hook = nullptr;
  /** Set first thing when leaving; every call looks at it, since JavaScript may keep the functions.
   */
  bool left = false;
};

namespace {

void onClosed(uv_handle_t* handle) {
  auto* closed = static_cast<WorkerSeat*>(handle->data);
  if (--closed->openHandles > 0) return;
  closed->session.reset();
  // Not in leave(), which a callback of wake()'s may call while these are in use. The environment
  // would not free them.
  ::napi_delete_reference(closed->env, closed->onWake);
  ::napi_delete_reference(closed->env, closed->memory);
  ::napi_async_destroy(closed->env, closed->context);
  // Last: the environment may delete the seat on return.
  ::napi_remove_async_cleanup_hook(closed->hook);
}

template <typename Handle>
void closeHandle(WorkerSeat& seat, Handle& handle) {
  handle.data = &seat;
  ++seat.openHandles;
  ::uv_close(reinterpret_cast<uv_handle_t*>(&handle), onClosed);
}

void leave(WorkerSeat& seat) {
  if (seat.left) return;
  seat.left = true;
  // Before the descriptors close that they watch.
  ::uv_poll_stop(&seat.bell);
  if (seat.hasSource) ::uv_poll_stop(&seat.source);
  seat.session->detachWorker(seat.worker);
  closeHandle(seat, seat.bell);
  if (!seat.hasSource) return;
  closeHandle(seat, seat.source);
  closeHandle(seat, seat.prepare);
}

/** At the environment's end, whatever ended it: no JavaScript of this thread runs any more. */
void onEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
  leave(*static_cast<WorkerSeat*>(data));
}

/** One turn of RequestPump; false when the seat was left in it. */
bool callPump(WorkerSeat& seat) {
  napi_handle_scope scope = nullptr;
  if (::napi_open_handle_scope(seat.env, &scope) != napi_ok) return false;
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
  return !seat.left && status == napi_ok;
}

/** Turns of the pump before the event loop has its own: promises go on after each of them. */
constexpr int kTurns = 8;

/** While requests follow each other closely, a wait for the next one saves a turn of the event
 * loop, which has to do without for so long. */
constexpr uint64_t kLingerNs = 500'000;
/** A timer that is due so soon would be late. */
constexpr int kSoonMs = 20;

void allowLingering(WorkerSeat& seat) {
  if (!seat.mayLinger || !seat.session->transport().canLinger()) return;
  ::uv_update_time(seat.loop);
  // Less than 0: no timer; 0: something else is ready to run.
  const int timeout = ::uv_backend_timeout(seat.loop);
  const bool isFree = timeout < 0 || timeout >= kSoonMs;
  seat.session->transport().mayLinger(seat.worker,
                                      isFree ? base::monotonicNanoseconds() + kLingerNs : 0);
}

/** Something has come. What handlers answer after the pump's turn, when their promises settle, goes
 * out with what comes next. */
void wake(WorkerSeat& seat) {
  allowLingering(seat);
  seat.session->ring()
      .workerWord(seat.worker, ring::worker::kTurns)
      .fetch_add(1, std::memory_order_relaxed);
  const std::atomic_ref<uint32_t> sleeping =
      seat.session->ring().workerWord(seat.worker, ring::worker::kSleeping);
  for (int turn = 0; turn < kTurns; ++turn) {
    // Before each turn, since each may run a handler that never returns: the one wake for what
    // stands in the queues is for who waits.
    sleeping.store(ring::rest::kNone, std::memory_order_seq_cst);
    if (!callPump(seat) || !seat.session->transport().flush(seat.worker)) return;
  }
}

void onSource(uv_poll_t* poll, int, int) {
  auto& seat = *static_cast<WorkerSeat*>(poll->data);
  if (!seat.left) wake(seat);
}

void onPrepare(uv_prepare_t* prepare) {
  auto& seat = *static_cast<WorkerSeat*>(prepare->data);
  if (!seat.left) seat.session->transport().beforeWait(seat.worker);
}

/** Once the transport has something to watch. */
void openSource(WorkerSeat& seat) {
  if (seat.hasSource) return;
  const int fd = seat.session->transport().open(seat.worker);
  if (fd < 0 || ::uv_poll_init(seat.loop, &seat.source, fd) != 0) return;
  seat.hasSource = true;
  ::uv_prepare_init(seat.loop, &seat.prepare);
  seat.source.data = seat.prepare.data = &seat;
  ::uv_poll_start(&seat.source, UV_READABLE, onSource);
  ::uv_prepare_start(&seat.prepare, onPrepare);
}

void onBell(uv_poll_t* poll, int, int) {
  auto& seat = *static_cast<WorkerSeat*>(poll->data);
  if (seat.left) return;
  seat.session->bells().silence(seat.worker);
  openSource(seat);
  wake(seat);
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

/** An Int32Array over one word of the shared memory; Node-API knows no views of such. */
Napi::Value wordAt(Napi::Object memory, size_t offset) {
  Napi::Env env = memory.Env();
  auto start = memory.Get("byteOffset").As<Napi::Number>().DoubleValue();
  return env.Global()
      .Get("Int32Array")
      .As<Napi::Function>()
      .New({memory.Get("buffer"), Napi::Number::New(env, start + static_cast<double>(offset)),
            Napi::Number::New(env, 1)});
}

void listen(Napi::Env env, WorkerSeat& seat) {
  ::napi_get_uv_event_loop(env, &seat.loop);
  int failure = ::uv_poll_init(seat.loop, &seat.bell, seat.session->bells().fd(seat.worker));
  if (failure != 0) throw std::runtime_error("cannot watch the worker's bell");
  seat.bell.data = &seat;
  ::napi_add_async_cleanup_hook(env, onEnvironmentEnd, &seat, &seat.hook);
  ::uv_poll_start(&seat.bell, UV_READABLE, onBell);
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
    Napi::Object nodes = nodeTableCalls(env, session);
    nodes.Set("changes", wordAt(info[2].As<Napi::Object>(), ring::control::kNameChanges));
    calls.Set("nodes", nodes);
    Napi::Object locks = sessionLockCalls(env, session);
    define(locks, "park", park, seat);
    calls.Set("locks", locks);
    calls.Set("openFiles", openFileTableCalls(env, session));
    calls.Set("backingFiles", sessionBackingCalls(env, session));
    calls.Set("directories", directoryTableCalls(env, session));
    return calls;
  });
}

}  // namespace fuseloop::napi
