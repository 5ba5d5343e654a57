#include "napi/posix-calls.hpp"

#include <cmath>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/system-error.hpp"
#include "posix/attribute-calls.hpp"
#include "posix/credentials.hpp"
#include "posix/file-calls.hpp"
#include "posix/name-calls.hpp"
#include "posix/owned-locks.hpp"
#include "posix/shared-files.hpp"

namespace fuseloop::napi {

namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

[[noreturn]] void refuse(const Napi::Value& value, const char* expected) {
  auto error = Napi::TypeError::New(value.Env(), std::string("expected ") + expected);
  error.Set("code", "ERR_INVALID_ARG_TYPE");
  throw error;
}

double numberOf(const Napi::Value& value) {
  if (!value.IsNumber()) refuse(value, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

template <typename T>
struct Argument;

template <>
struct Argument<int> {
  static int from(const Napi::Value& value) {
    const double number = numberOf(value);
    // What is no int wraps, as in C: flags have the highest bit (AT_FDCWD is negative, O_* are
    // not).
    if (!(std::abs(number) <= kMaxSafeInteger)) refuse(value, "an integer");
    return static_cast<int>(static_cast<int64_t>(number));
  }
};

template <>
struct Argument<uint32_t> {
  static uint32_t from(const Napi::Value& value) {
    return static_cast<uint32_t>(Argument<int>::from(value));
  }
};

template <>
struct Argument<int64_t> {
  static int64_t from(const Napi::Value& value) {
    if (value.IsBigInt()) {
      bool isLossless = false;
      const int64_t number = value.As<Napi::BigInt>().Int64Value(&isLossless);
      if (!isLossless) refuse(value, "an integer of 64 bits");
      return number;
    }
    const double number = numberOf(value);
    if (std::trunc(number) != number || std::abs(number) > kMaxSafeInteger)
      refuse(value, "a safe integer or a bigint");
    return static_cast<int64_t>(number);
  }
};

template <>
struct Argument<posix::Bytes> {
  static posix::Bytes from(const Napi::Value& value) {
    if (value.IsUndefined()) return {};
    if (!value.IsTypedArray()) refuse(value, "a Uint8Array");
    auto bytes = value.As<Napi::Uint8Array>();
    return {bytes.Data(), bytes.ByteLength()};
  }
};

template <>
struct Argument<posix::Name> {
  static posix::Name from(const Napi::Value& value) {
    posix::Name name;
    if (value.IsString()) {
      name.text = value.As<Napi::String>().Utf8Value();
    } else {
      if (!value.IsTypedArray()) refuse(value, "a name");
      const auto bytes = Argument<posix::Bytes>::from(value);
      name.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    // Cut at the NUL it would be another file's name.
    if (name.text.find('\0') != std::string::npos) refuse(value, "a name without NUL");
    return name;
  }
};

template <typename... Arguments, size_t... Index>
int64_t invoke(int64_t (*call)(Arguments...), const Napi::CallbackInfo& info,
               std::index_sequence<Index...> /*positions*/) {
  std::tuple<std::remove_cvref_t<Arguments>...> arguments{
      Argument<std::remove_cvref_t<Arguments>>::from(info[Index])...};
  return std::apply(call, arguments);
}

template <typename... Arguments>
int64_t invoke(int64_t (*call)(Arguments...), const Napi::CallbackInfo& info) {
  return invoke(call, info, std::index_sequence_for<Arguments...>{});
}

/** A bigint where a number would be rounded. */
template <auto Call>
Napi::Value bound(const Napi::CallbackInfo& info) {
  const int64_t result = invoke(Call, info);
  if (result > static_cast<int64_t>(kMaxSafeInteger)) return Napi::BigInt::New(info.Env(), result);
  return Napi::Number::New(info.Env(), static_cast<double>(result));
}

Napi::Value errnoName(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), base::errnoName(Argument<int>::from(info[0])));
}

Napi::Value errnoText(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), base::errnoText(Argument<int>::from(info[0])));
}

template <auto Call>
void add(Napi::Object& calls, const char* name) {
  calls.Set(name, Napi::Function::New<bound<Call>>(calls.Env(), name));
}

void addNameCalls(Napi::Object& calls) {
  add<posix::openAt>(calls, "openat");
  add<posix::openAt2>(calls, "openat2");
  add<posix::closeFd>(calls, "close");
  add<posix::statX>(calls, "statx");
  add<posix::renameAt2>(calls, "renameat2");
  add<posix::linkAt>(calls, "linkat");
  add<posix::unlinkAt>(calls, "unlinkat");
  add<posix::mkdirAt>(calls, "mkdirat");
  add<posix::mknodAt>(calls, "mknodat");
  add<posix::symlinkAt>(calls, "symlinkat");
  add<posix::readlinkAt>(calls, "readlinkat");
  add<posix::accessAt>(calls, "faccessat");
  add<posix::nameToHandleAt>(calls, "name_to_handle_at");
  add<posix::openByHandleAt>(calls, "open_by_handle_at");
}

void addAttributeCalls(Napi::Object& calls) {
  add<posix::chmodAt>(calls, "fchmodat");
  add<posix::chmodFd>(calls, "fchmod");
  add<posix::chownAt>(calls, "fchownat");
  add<posix::utimensAt>(calls, "utimensat");
  add<posix::getXattr>(calls, "getxattr");
  add<posix::getXattrFd>(calls, "fgetxattr");
  add<posix::setXattr>(calls, "setxattr");
  add<posix::setXattrFd>(calls, "fsetxattr");
  add<posix::listXattr>(calls, "listxattr");
  add<posix::listXattrFd>(calls, "flistxattr");
  add<posix::removeXattr>(calls, "removexattr");
  add<posix::removeXattrFd>(calls, "fremovexattr");
  add<posix::statfsFd>(calls, "fstatfs");
}

void addFileCalls(Napi::Object& calls) {
  add<posix::preadFd>(calls, "pread");
  add<posix::pwriteFd>(calls, "pwrite");
  add<posix::truncateFd>(calls, "ftruncate");
  add<posix::seekFd>(calls, "lseek");
  add<posix::fallocateFd>(calls, "fallocate");
  add<posix::copyFileRange>(calls, "copy_file_range");
  add<posix::syncFd>(calls, "fsync");
  add<posix::syncDataFd>(calls, "fdatasync");
  add<posix::syncFilesystem>(calls, "syncfs");
  add<posix::getDents>(calls, "getdents64");
  add<posix::flockFd>(calls, "flock");
  add<posix::ofdLock>(calls, "ofdLock");
  add<posix::ownedLock>(calls, "ownedLock");
  add<posix::ioctlFd>(calls, "ioctl");
}

void addSharedFileCalls(Napi::Object& calls) {
  add<posix::shareFd>(calls, "shareFd");
  add<posix::statShared>(calls, "statShared");
  add<posix::closeShared>(calls, "closeShared");
}

void addCredentialCalls(Napi::Object& calls) {
  add<posix::assumeOwner>(calls, "assumeOwner");
  add<posix::resumeOwner>(calls, "resumeOwner");
  add<posix::unshareUmask>(calls, "unshareUmask");
  add<posix::exchangeUmask>(calls, "umask");
  add<posix::holdFsetid>(calls, "holdFsetid");
}

}  // namespace

Napi::Object posixCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addNameCalls(calls);
  addAttributeCalls(calls);
  addFileCalls(calls);
  addSharedFileCalls(calls);
  addCredentialCalls(calls);
  calls.Set("errnoName", Napi::Function::New<errnoName>(env, "errnoName"));
  calls.Set("errnoText", Napi::Function::New<errnoText>(env, "errnoText"));
  return calls;
}

}  // namespace fuseloop::napi
