// C++ exceptions as JavaScript errors: a SystemError has Node's fields (code, errno, syscall,
// path).

#pragma once

#include <napi.h>

#include <exception>

namespace fuseloop::napi {

Napi::Error toJavaScript(Napi::Env env, const std::exception_ptr& error);

/** Runs `body`, turning what it throws into a JavaScript exception. */
template <typename Body>
auto guarded(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw toJavaScript(env, std::current_exception());
  }
}

}  // namespace fuseloop::napi
