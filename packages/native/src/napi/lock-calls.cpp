#include "napi/lock-calls.hpp"

#include "napi/javascript-error.hpp"

namespace fuseloop::napi {

namespace {

using Manager = std::shared_ptr<node::LockManager>;
using node::LockKind;
using node::LockType;

uint64_t word(const Napi::Value& value) {
  bool isLossless = false;
  return value.As<Napi::BigInt>().Uint64Value(&isLossless);
}

uint64_t integer(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().DoubleValue());
}

LockKind kind(const Napi::Value& value) {
  return static_cast<LockKind>(value.As<Napi::Number>().Uint32Value());
}

Napi::Value lockOrUndefined(Napi::Env env, const std::optional<node::Lock>& lock) {
  if (!lock) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("type", Napi::Number::New(env, static_cast<uint32_t>(lock->type)));
  result.Set("start", Napi::BigInt::New(env, lock->start));
  result.Set("end", Napi::BigInt::New(env, lock->end));
  result.Set("pid", Napi::Number::New(env, lock->pid));
  return result;
}

template <typename Call>
void define(Napi::Object& calls, const char* name, Call call) {
  calls.Set(name, Napi::Function::New(
                      calls.Env(),
                      [call](const Napi::CallbackInfo& info) -> Napi::Value {
                        return guarded(info.Env(), [&]() -> Napi::Value { return call(info); });
                      },
                      name));
}

/** What workers call of their session's manager. */
void defineForWorkers(Napi::Object& calls, const Manager& manager) {
  define(calls, "test", [manager](const Napi::CallbackInfo& info) {
    return lockOrUndefined(info.Env(), manager->test(readLockRequest(info[0])));
  });
  define(calls, "set", [manager](const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), manager->set(readLockRequest(info[0])));
  });
  define(calls, "takeBack", [manager](const Napi::CallbackInfo& info) {
    manager->takeBack(readLockRequest(info[0]));
    return info.Env().Undefined();
  });
  define(calls, "release", [manager](const Napi::CallbackInfo& info) {
    manager->release(integer(info[0]), kind(info[1]), word(info[2]));
    return info.Env().Undefined();
  });
}

/** What the session's reader and its end do natively. */
void defineForSession(Napi::Object& calls, const Manager& manager) {
  define(calls, "wait", [manager](const Napi::CallbackInfo& info) {
    auto waiter = info[1].As<Napi::Object>();
    int result = manager->wait(readLockRequest(info[0]),
                               {word(waiter.Get("unique")), integer(waiter.Get("since"))},
                               [] { return true; });
    return Napi::Number::New(info.Env(), result);
  });
  define(calls, "cancel", [manager](const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), manager->cancel(word(info[0])));
  });
  define(calls, "forget", [manager](const Napi::CallbackInfo& info) {
    manager->forget(integer(info[0]));
    return info.Env().Undefined();
  });
  define(calls, "takeWaitingSince", [manager](const Napi::CallbackInfo& info) {
    std::vector<uint64_t> uniques = manager->takeWaitingSince(integer(info[0]));
    Napi::Array result = Napi::Array::New(info.Env());
    for (size_t index = 0; index < uniques.size(); ++index) {
      result.Set(static_cast<uint32_t>(index), Napi::BigInt::New(info.Env(), uniques[index]));
    }
    return result;
  });
  define(calls, "waitingSince", [manager](const Napi::CallbackInfo& info) -> Napi::Value {
    auto oldest = manager->waitingSince();
    if (!oldest) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), static_cast<double>(*oldest));
  });
  define(calls, "clear", [manager](const Napi::CallbackInfo& info) {
    manager->clear();
    return info.Env().Undefined();
  });
}

void defineCounts(Napi::Object& calls, const Manager& manager) {
  Napi::Env env = calls.Env();
  auto held = [manager](const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(manager->held()));
  };
  auto waiting = [manager](const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(manager->waiting()));
  };
  calls.DefineProperty(
      Napi::PropertyDescriptor::Accessor(env, calls, "held", held, napi_enumerable));
  calls.DefineProperty(
      Napi::PropertyDescriptor::Accessor(env, calls, "waiting", waiting, napi_enumerable));
}

}  // namespace

node::LockRequest readLockRequest(const Napi::Value& value) {
  auto given = value.As<Napi::Object>();
  node::Lock lock{word(given.Get("owner")), word(given.Get("start")), word(given.Get("end")),
                  static_cast<LockType>(given.Get("type").As<Napi::Number>().Uint32Value()),
                  given.Get("pid").As<Napi::Number>().Uint32Value()};
  return {integer(given.Get("nodeid")), kind(given.Get("kind")), lock};
}

Napi::Object sessionLockCalls(Napi::Env env, std::shared_ptr<device::Session> session) {
  Napi::Object calls = Napi::Object::New(env);
  // Shares the session's life.
  Manager manager(session, &session->locks());
  defineForWorkers(calls, manager);
  defineCounts(calls, manager);
  return calls;
}

Napi::Value createLockManager(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto callback =
        std::make_shared<Napi::FunctionReference>(Napi::Persistent(info[0].As<Napi::Function>()));
    auto manager = std::make_shared<node::LockManager>(
        [callback](uint64_t unique) {
          Napi::Env here = callback->Env();
          return callback->Call({Napi::BigInt::New(here, unique)}).ToBoolean().Value();
        },
        integer(info[1]));
    Napi::Object calls = Napi::Object::New(env);
    defineForWorkers(calls, manager);
    defineForSession(calls, manager);
    defineCounts(calls, manager);
    return calls;
  });
}

}  // namespace fuseloop::napi
