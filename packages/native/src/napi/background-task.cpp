#include "napi/background-task.hpp"

#include "napi/javascript-error.hpp"

namespace fuseloop::napi {

namespace {

/** Shared by the thread and the call back on the JavaScript thread; the latter joins and drops it.
 */
struct Running {
  explicit Running(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise::Deferred deferred;
  Napi::ThreadSafeFunction done;
  BackgroundTask::Finish finish;
  std::exception_ptr error;
  std::thread thread;
};

void settle(Napi::Env env, Running& running) {
  if (running.error) {
    running.deferred.Reject(toJavaScript(env, running.error).Value());
    return;
  }
  try {
    running.deferred.Resolve(running.finish(env));
  } catch (const Napi::Error& error) {
    running.deferred.Reject(error.Value());
  }
}

}  // namespace

Napi::Promise BackgroundTask::run(Napi::Env env, const char* name, Work work) {
  auto running = std::make_shared<Running>(env);
  Napi::Promise promise = running->deferred.Promise();
  auto nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  // The finalizer runs at the environment's end at the latest and joins: no thread outlives its
  // caller's memory.
  running->done = Napi::ThreadSafeFunction::New(env, nothing, name, 1, 1, [running](Napi::Env) {
    if (running->thread.joinable()) running->thread.join();
  });
  running->thread = std::thread([running, work = std::move(work)] {
    try {
      running->finish = work();
    } catch (...) {
      running->error = std::current_exception();
    }
    running->done.BlockingCall(
        [running](Napi::Env callEnv, Napi::Function) { settle(callEnv, *running); });
    running->done.Release();
  });
  return promise;
}

}  // namespace fuseloop::napi
