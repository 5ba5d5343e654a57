#include "napi/backing-calls.hpp"

#include "napi/javascript-error.hpp"

namespace fuseloop::napi {

namespace {

using Files = std::shared_ptr<node::BackingFiles>;

uint64_t integer(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().DoubleValue());
}

Napi::Object callsOf(Napi::Env env, const Files& files) {
  Napi::Object calls = Napi::Object::New(env);
  calls.Set("join", Napi::Function::New(env, [files](const Napi::CallbackInfo& info) {
              int32_t joined =
                  files->join(integer(info[0]), info[1].As<Napi::Number>().Int32Value());
              return Napi::Number::New(info.Env(), joined);
            }));
  calls.Set("leave", Napi::Function::New(env, [files](const Napi::CallbackInfo& info) {
              files->leave(integer(info[0]));
            }));
  return calls;
}

}  // namespace

Napi::Object sessionBackingCalls(Napi::Env env, const std::shared_ptr<device::Session>& session) {
  return callsOf(env, Files(session, &session->backingFiles()));
}

Napi::Object backingCounts(Napi::Env env, const node::BackingCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  auto set = [&](const char* name, uint64_t count) {
    result.Set(name, Napi::Number::New(env, static_cast<double>(count)));
  };
  set("active", counts.active);
  set("opens", counts.opens);
  set("byKernel", counts.byKernel);
  set("openOtherwise", counts.openOtherwise);
  set("otherFile", counts.otherFile);
  result.Set("errno", Napi::Number::New(env, counts.error));
  return result;
}

Napi::Value createBackingFiles(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto keep = [](const Napi::Value& value) {
      return std::make_shared<Napi::FunctionReference>(
          Napi::Persistent(value.As<Napi::Function>()));
    };
    auto open = keep(info[0]);
    auto close = keep(info[1]);
    auto files = std::make_shared<node::BackingFiles>(
        [open](int fd) {
          return open->Call({Napi::Number::New(open->Env(), fd)}).As<Napi::Number>().Int32Value();
        },
        [close](int id) { close->Call({Napi::Number::New(close->Env(), id)}); });
    Napi::Object calls = callsOf(env, files);
    calls.Set("counts", Napi::Function::New(env, [files](const Napi::CallbackInfo& asked) {
                return backingCounts(asked.Env(), files->counts());
              }));
    return calls;
  });
}

}  // namespace fuseloop::napi
