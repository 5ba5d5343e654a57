// Faults for AddressSanitizer to find: only in builds by `build.mjs --sanitize`, which copy this
// file beside the sources and define FUSELOOP_PLANTED_FAULT.

#pragma once

#include <napi.h>

#include <memory>

namespace fuseloop::napi {

/** plantedOverflow(length): writes the byte behind a buffer of so many. */
inline void plantedOverflow(const Napi::CallbackInfo& info) {
  const auto length = info[0].As<Napi::Number>().Uint32Value();
  const auto buffer = std::make_unique<char[]>(length);
  volatile char* bytes = buffer.get();
  bytes[length] = 1;
}

/** plantedLeak(length): forgets a buffer of so many bytes. */
inline void plantedLeak(const Napi::CallbackInfo& info) {
  auto buffer = std::make_unique<char[]>(info[0].As<Napi::Number>().Uint32Value());
  volatile char* bytes = buffer.release();
  bytes[0] = 1;
}

}  // namespace fuseloop::napi
