#include "napi/javascript-error.hpp"

#include "base/system-error.hpp"

namespace fuseloop::napi {

Napi::Error toJavaScript(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const base::SystemError& failure) {
    Napi::Error result = Napi::Error::New(env, failure.what());
    result.Set("code", base::errnoName(failure.errnum));
    result.Set("errno", Napi::Number::New(env, -failure.errnum));
    result.Set("syscall", failure.syscall);
    if (!failure.path.empty()) result.Set("path", failure.path);
    return result;
  } catch (const std::exception& failure) {
    return Napi::Error::New(env, failure.what());
  } catch (...) {
    return Napi::Error::New(env, "unknown native failure");
  }
}

}  // namespace fuseloop::napi
