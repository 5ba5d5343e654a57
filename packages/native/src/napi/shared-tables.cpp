#include "napi/shared-tables.hpp"

#include "napi/javascript-error.hpp"

namespace fuseloop::napi {

namespace {

using Session = std::shared_ptr<device::Session>;

uint64_t integer(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().DoubleValue());
}

Napi::Number number(Napi::Env env, uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

std::string_view text(const Napi::Value& value) {
  if (!value.IsTypedArray()) return {};
  auto bytes = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

Napi::Value bytesOrUndefined(Napi::Env env, const std::optional<std::string>& value) {
  if (!value) return env.Undefined();
  return Napi::Buffer<char>::Copy(env, value->data(), value->size());
}

Napi::Value knownOrUndefined(Napi::Env env, uint64_t nodeid) {
  return nodeid == 0 ? env.Undefined() : number(env, nodeid);
}

/** Changes of names, and questions about a node's place. */
void placeCalls(Napi::Env env, Napi::Object calls, const Session& session) {
  calls.Set("exchange", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              session->nodes().exchange(integer(info[0]), text(info[1]), integer(info[2]),
                                        text(info[3]));
            }));
  calls.Set("parent",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              return knownOrUndefined(info.Env(), session->nodes().parent(integer(info[0])));
            }));
  calls.Set("child", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              uint64_t child = session->nodes().child(integer(info[0]), text(info[1]));
              return knownOrUndefined(info.Env(), child);
            }));
  calls.Set("withIdentity", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              return knownOrUndefined(info.Env(), session->nodes().withIdentity(text(info[0])));
            }));
  calls.Set("type",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              auto type = session->nodes().type(integer(info[0]));
              return type ? number(info.Env(), *type) : info.Env().Undefined();
            }));
  calls.Set("epoch", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              return number(info.Env(), session->nodes().epoch(integer(info[0])));
            }));
  calls.Set("unusedCandidates",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              auto found = session->nodes().unusedCandidates(integer(info[0]));
              Napi::Array result = Napi::Array::New(info.Env(), found.size());
              for (uint32_t index = 0; index < found.size(); ++index) {
                Napi::Object one = Napi::Object::New(info.Env());
                one.Set("nodeid", number(info.Env(), found[index].nodeid));
                one.Set("parent", number(info.Env(), found[index].parent));
                one.Set("name", bytesOrUndefined(info.Env(), found[index].name));
                result.Set(index, one);
              }
              return result;
            }));
}

}  // namespace

Napi::Object nodeTableCalls(Napi::Env env, Session session) {
  Napi::Object calls = Napi::Object::New(env);
  calls.Set("remember",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              return guarded(info.Env(), [&] {
                uint64_t nodeid =
                    session->nodes().remember(integer(info[0]), text(info[1]), text(info[2]),
                                              info[3].As<Napi::Number>().Uint32Value());
                return number(info.Env(), nodeid);
              });
            }));
  calls.Set("rememberUnnamed", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              return number(info.Env(),
                            session->nodes().rememberUnnamed(
                                text(info[0]), info[1].As<Napi::Number>().Uint32Value()));
            }));
  calls.Set("addName",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              return guarded(info.Env(), [&] {
                session->nodes().addName(integer(info[0]), integer(info[1]), text(info[2]));
                return info.Env().Undefined();
              });
            }));
  calls.Set("acquire",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              return guarded(info.Env(), [&] {
                session->nodes().acquire(integer(info[0]));
                return info.Env().Undefined();
              });
            }));
  calls.Set("forget", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              session->nodes().forget(integer(info[0]), integer(info[1]));
            }));
  calls.Set("identity", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              return bytesOrUndefined(info.Env(), session->nodes().identity(integer(info[0])));
            }));
  calls.Set("path", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              return bytesOrUndefined(info.Env(), session->nodes().path(integer(info[0])));
            }));
  calls.Set("rename", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              session->nodes().rename(integer(info[0]), text(info[1]), integer(info[2]),
                                      text(info[3]));
            }));
  calls.Set("unlink", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              session->nodes().unlink(integer(info[0]), text(info[1]));
            }));
  placeCalls(env, calls, session);
  calls.Set("keepForgotten", Napi::Function::New(env, [session](const Napi::CallbackInfo&) {
              session->nodes().keepForgotten();
            }));
  auto size = [session](const Napi::CallbackInfo& info) {
    return number(info.Env(), session->nodes().size());
  };
  calls.DefineProperty(
      Napi::PropertyDescriptor::Accessor(env, calls, "size", size, napi_enumerable));
  return calls;
}

Napi::Object openFileTableCalls(Napi::Env env, Session session) {
  auto handleOf = [](const Napi::CallbackInfo& info) {
    return node::OpenHandle{info[1].As<Napi::Number>().Uint32Value(),
                            info[2].As<Napi::Number>().Uint32Value(),
                            info[3].IsNumber() ? info[3].As<Napi::Number>().Uint32Value() : 0};
  };
  Napi::Object calls = Napi::Object::New(env);
  calls.Set("add", Napi::Function::New(env, [session, handleOf](const Napi::CallbackInfo& info) {
              session->openFiles().add(integer(info[0]), handleOf(info));
            }));
  calls.Set("remove", Napi::Function::New(env, [session, handleOf](const Napi::CallbackInfo& info) {
              session->openFiles().remove(integer(info[0]), handleOf(info));
            }));
  calls.Set("find",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              auto found = session->openFiles().find(integer(info[0]));
              if (!found) return info.Env().Undefined();
              Napi::Object handle = Napi::Object::New(info.Env());
              handle.Set("low", number(info.Env(), found->low));
              handle.Set("high", number(info.Env(), found->high));
              return handle;
            }));
  auto size = [session](const Napi::CallbackInfo& info) {
    return number(info.Env(), session->openFiles().size());
  };
  calls.DefineProperty(
      Napi::PropertyDescriptor::Accessor(env, calls, "size", size, napi_enumerable));
  return calls;
}

Napi::Object directoryTableCalls(Napi::Env env, Session session) {
  Napi::Object calls = Napi::Object::New(env);
  calls.Set("open", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              double handle = info[0].As<Napi::Number>().DoubleValue();
              return number(info.Env(), session->directories().open(handle));
            }));
  calls.Set("handle",
            Napi::Function::New(env, [session](const Napi::CallbackInfo& info) -> Napi::Value {
              auto handle = session->directories().handle(integer(info[0]));
              if (!handle) return info.Env().Undefined();
              return Napi::Number::New(info.Env(), *handle);
            }));
  calls.Set(
      "store", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
        auto records = info[1].As<Napi::Uint8Array>();
        session->directories().store(integer(info[0]), {records.Data(), records.ByteLength()});
      }));
  calls.Set("read", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              auto target = info[2].As<Napi::Uint8Array>();
              int64_t count = session->directories().read(integer(info[0]), integer(info[1]),
                                                          {target.Data(), target.ByteLength()});
              return Napi::Number::New(info.Env(), static_cast<double>(count));
            }));
  calls.Set("close", Napi::Function::New(env, [session](const Napi::CallbackInfo& info) {
              session->directories().close(integer(info[0]));
            }));
  return calls;
}

}  // namespace fuseloop::napi
