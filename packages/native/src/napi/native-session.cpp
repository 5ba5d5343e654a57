#include "napi/native-session.hpp"

#include <fcntl.h>

#include <set>

#include "base/monotonic-clock.hpp"
#include "device/queue-handle.hpp"
#include "mount/adopted-device.hpp"
#include "mount/fuse-mount.hpp"
#include "mount/ready-check.hpp"
#include "mount/watch-order.hpp"
#include "napi/background-task.hpp"
#include "napi/backing-calls.hpp"
#include "napi/end-guard.hpp"
#include "napi/javascript-error.hpp"
#include "napi/native-queue.hpp"
#include "napi/session-registry.hpp"
#include "napi/session-reports.hpp"
#include "napi/transport-choice.hpp"

namespace fuseloop::napi {

namespace {

using device::PassedDeadline;
using device::RequestRouting;
using device::SelfAccess;

/** The kernel queues INIT while it mounts; anything longer is a broken kernel or helper. */
constexpr int kInitTimeoutMs = 10'000;
/** For flushing what clients have open, when main is stuck and a signal ends the mount. */
constexpr uint64_t kGuardedCloseNs = 5'000'000'000;

std::vector<std::string> strings(const Napi::Value& value) {
  std::vector<std::string> result;
  auto array = value.As<Napi::Array>();
  for (uint32_t index = 0; index < array.Length(); ++index) {
    result.push_back(array.Get(index).As<Napi::String>().Utf8Value());
  }
  return result;
}

mount::MountRequest readMountRequest(const Napi::Object& given) {
  mount::MountRequest request;
  request.mountpoint = given.Get("mountpoint").As<Napi::String>().Utf8Value();
  request.source = given.Get("source").As<Napi::String>().Utf8Value();
  request.subtype = given.Get("subtype").As<Napi::String>().Utf8Value();
  request.kernelOptions = strings(given.Get("kernelOptions"));
  request.flagOptions = strings(given.Get("flagOptions"));
  request.helper = given.Get("helper").As<Napi::String>().Utf8Value();
  return request;
}

BackgroundTask::Finish nothing() {
  return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
}

BackgroundTask::Finish readInit(device::Session& session) {
  std::vector<uint8_t> init = session.readFirst(kInitTimeoutMs);
  return [init = std::move(init)](Napi::Env env) -> Napi::Value {
    return Napi::Buffer<uint8_t>::Copy(env, init.data(), init.size());
  };
}

}  // namespace

Napi::Function NativeSession::define(Napi::Env env) {
  return DefineClass(env, "NativeSession",
                     {
                         InstanceAccessor<&NativeSession::id>("id"),
                         InstanceAccessor<&NativeSession::connection>("connection"),
                         InstanceMethod<&NativeSession::mount>("mount"),
                         InstanceMethod<&NativeSession::adopt>("adopt"),
                         InstanceMethod<&NativeSession::watchOrder>("watchOrder"),
                         InstanceMethod<&NativeSession::attachQueue>("attachQueue"),
                         InstanceMethod<&NativeSession::useTransport>("useTransport"),
                         InstanceMethod<&NativeSession::transportFailure>("transportFailure"),
                         InstanceMethod<&NativeSession::writeInit>("writeInit"),
                         InstanceMethod<&NativeSession::traceReader>("traceReader"),
                         InstanceMethod<&NativeSession::start>("start"),
                         InstanceMethod<&NativeSession::waitUntilAnswering>("waitUntilAnswering"),
                         InstanceMethod<&NativeSession::unmount>("unmount"),
                         InstanceMethod<&NativeSession::endNow>("endNow"),
                         InstanceMethod<&NativeSession::limitNodes>("limitNodes"),
                         InstanceMethod<&NativeSession::keepUnused>("keepUnused"),
                         InstanceMethod<&NativeSession::refuseOpens>("refuseOpens"),
                         InstanceMethod<&NativeSession::nodesOpenForWriting>("nodesOpenForWriting"),
                         InstanceMethod<&NativeSession::closeWithin>("closeWithin"),
                         InstanceMethod<&NativeSession::endBySignals>("endBySignals"),
                         InstanceMethod<&NativeSession::abort>("abort"),
                         InstanceMethod<&NativeSession::abandonWorker>("abandonWorker"),
                         InstanceMethod<&NativeSession::isSeatFree>("isSeatFree"),
                         InstanceMethod<&NativeSession::interruptWorker>("interruptWorker"),
                         InstanceMethod<&NativeSession::close>("close"),
                         InstanceMethod<&NativeSession::lockCounts>("lockCounts"),
                         InstanceMethod<&NativeSession::backingCounts>("backingCounts"),
                         InstanceMethod<&NativeSession::lookupCount>("lookupCount"),
                         InstanceAccessor<&NativeSession::nodeCount>("nodeCount"),
                         InstanceAccessor<&NativeSession::unusedCount>("unusedCount"),
                         InstanceAccessor<&NativeSession::underflows>("underflows"),
                     });
}

NativeSession::NativeSession(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSession>(info) {
  guarded(info.Env(), [&] {
    auto memory = info[0].As<Napi::Uint8Array>();
    auto routing = info[1].As<Napi::Uint8Array>();
    if (routing.ByteLength() != RequestRouting::kByteLength)
      throw std::invalid_argument("routing: wrong length");
    mounted_ = std::make_shared<MountedSession>();
    mounted_->session =
        std::make_shared<device::Session>(std::span<uint8_t>(memory.Data(), memory.ByteLength()),
                                          std::span<const uint8_t, RequestRouting::kByteLength>(
                                              routing.Data(), RequestRouting::kByteLength),
                                          info[2].As<Napi::Boolean>().Value());
    memory_ = Napi::Reference<Napi::Uint8Array>::New(memory, 1);
    mounted_->session->ring().keepFromChildren();
    id_ = SessionRegistry::instance().add(mounted_->session);
    // The reader must be gone before this environment lets go of the memory.
    teardown_ = info.Env().AddCleanupHook(TeardownHook([mounted = mounted_] {
      mounted->isTornDown = true;
      mounted->session->stop();
    }));
  });
}

NativeSession::~NativeSession() {
  SessionRegistry::instance().remove(id_);
  if (!mounted_) return;
  mounted_->session->stop();
  // It keeps the session, with its descriptors, to the environment's end otherwise.
  // A hook that has run is freed by then.
  if (!mounted_->isTornDown && !teardown_.IsEmpty()) teardown_.Remove(Env());
}

Napi::Value NativeSession::id(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), id_);
}

Napi::Value NativeSession::connection(const Napi::CallbackInfo& info) {
  std::lock_guard lock(mounted_->mutex);
  return Napi::Number::New(info.Env(), mounted_->connection);
}

Napi::Value NativeSession::mount(const Napi::CallbackInfo& info) {
  mount::MountRequest request = readMountRequest(info[0].As<Napi::Object>());
  return BackgroundTask::run(info.Env(), "FUSE_MOUNT", [mounted = mounted_, request] {
    SelfAccess::Permit permit(mounted->session->selfAccess());
    mounted->attach(mount::mountFuse(request));
    return readInit(*mounted->session);
  });
}

Napi::Value NativeSession::adopt(const Napi::CallbackInfo& info) {
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  mounted_->isAdopted = true;
  return BackgroundTask::run(info.Env(), "FUSE_ADOPT", [mounted = mounted_, descriptor] {
    mounted->attach(mount::adoptDevice(descriptor));
    return readInit(*mounted->session);
  });
}

Napi::Value NativeSession::watchOrder(const Napi::CallbackInfo& info) {
  std::lock_guard lock(mounted_->mutex);
  const std::string order =
      mount::formatWatchOrder({mounted_->identity, mounted_->mountpoint, mounted_->way});
  return Napi::Buffer<char>::Copy(info.Env(), order.data(), order.size());
}

Napi::Value NativeSession::attachQueue(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    mounted_->queue = NativeQueue::connectionOf(info[0]);
    mounted_->session->attachDevice(mounted_->queue->openHandle());
    return BackgroundTask::run(info.Env(), "FUSE_QUEUE_INIT",
                               [mounted = mounted_] { return readInit(*mounted->session); });
  });
}

Napi::Value NativeSession::useTransport(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  const auto options = info[1].As<Napi::Object>();
  const std::string reason =
      chooseTransport(*mounted_->session, name,
                      {options.Get("entries").As<Napi::Number>().Uint32Value(),
                       options.Get("priority").As<Napi::Number>().Int32Value()});
  if (reason.empty()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), reason);
}

Napi::Value NativeSession::transportFailure(const Napi::CallbackInfo& info) {
  const std::string reason = napi::transportFailure(*mounted_->session);
  return reason.empty() ? info.Env().Undefined() : Napi::String::New(info.Env(), reason);
}

void NativeSession::writeInit(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    auto reply = info[0].As<Napi::Uint8Array>();
    mounted_->session->writeReply({reply.Data(), reply.ByteLength()});
  });
}

void NativeSession::traceReader(const Napi::CallbackInfo& info) {
  mounted_->session->traceReader(info[0].As<Napi::String>().Utf8Value());
}

void NativeSession::start(const Napi::CallbackInfo& info) {
  onEnd_ =
      Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "FUSE_END", 0, 1);
  auto names = std::make_shared<std::vector<std::string>>(strings(info[1]));
  onStuck_ =
      Napi::ThreadSafeFunction::New(info.Env(), info[2].As<Napi::Function>(), "FUSE_STUCK", 0, 1);
  onStuck_.Unref(info.Env());
  // Keeps the process alive until it has come: workers may be gone before, and whoever awaits the
  // end of the mount must be told.
  mounted_->session->start(
      [notice = onEnd_, session = mounted_->session.get()](
          int reason, const std::vector<device::LostFile>& lost) mutable {
        std::vector<LostPath> paths = pathsOf(*session, lost);
        notice.BlockingCall(
            [reason, paths = std::move(paths)](Napi::Env env, Napi::Function callback) {
              callback.Call({Napi::Number::New(env, reason), lostFiles(env, paths)});
            });
        notice.Release();
      },
      [names, prefix = info[3].As<Napi::String>().Utf8Value()](const PassedDeadline& passed) {
        logPassed(*names, prefix, passed);
      },
      [notice = onStuck_, isClosing = false](uint32_t worker, uint32_t generation) mutable {
        // With the first refusal, at the environment's end, the function is gone.
        if (isClosing) return;
        const napi_status status =
            notice.NonBlockingCall([worker, generation](Napi::Env env, Napi::Function callback) {
              callback.Call({Napi::Number::New(env, worker), Napi::Number::New(env, generation)});
            });
        isClosing = status == napi_closing;
      });
}

Napi::Value NativeSession::waitUntilAnswering(const Napi::CallbackInfo& info) {
  return BackgroundTask::run(info.Env(), "FUSE_READY", [mounted = mounted_] {
    SelfAccess::Permit permit(mounted->session->selfAccess());
    // A queue has no path to try, nor has every adopted device: whoever sends to it learns.
    if (!mounted->mountpoint.empty()) mount::waitUntilAnswering(mounted->mountpoint);
    return nothing();
  });
}

Napi::Value NativeSession::unmount(const Napi::CallbackInfo& info) {
  bool lazy = info[0].As<Napi::Boolean>().Value();
  return BackgroundTask::run(info.Env(), "FUSE_UNMOUNT", [mounted = mounted_, lazy] {
    SelfAccess::Permit permit(mounted->session->selfAccess());
    const bool wasMounted = mounted->unmount(lazy);
    return
        [wasMounted](Napi::Env env) -> Napi::Value { return Napi::Boolean::New(env, wasMounted); };
  });
}

void NativeSession::endNow(const Napi::CallbackInfo&) { mounted_->endNow(); }

void NativeSession::limitNodes(const Napi::CallbackInfo& info) {
  mounted_->session->limitNodes(info[0].As<Napi::Number>().Uint32Value(),
                                info[1].As<Napi::Number>().Uint32Value());
}

void NativeSession::keepUnused(const Napi::CallbackInfo& info) {
  mounted_->session->nodes().keepUnused(info[0].As<Napi::Number>().Uint32Value());
}

void NativeSession::refuseOpens(const Napi::CallbackInfo&) { mounted_->session->refuseOpens(); }

Napi::Value NativeSession::nodesOpenForWriting(const Napi::CallbackInfo& info) {
  std::set<uint64_t> nodes;
  for (const node::OpenFile& file : mounted_->session->openFiles().list()) {
    if ((file.handle.flags & O_ACCMODE) != O_RDONLY) nodes.insert(file.nodeid);
  }
  Napi::Array result = Napi::Array::New(info.Env(), nodes.size());
  uint32_t index = 0;
  for (uint64_t nodeid : nodes) {
    result.Set(index++, Napi::Number::New(info.Env(), static_cast<double>(nodeid)));
  }
  return result;
}

void NativeSession::closeWithin(const Napi::CallbackInfo& info) {
  const auto milliseconds = info[0].As<Napi::Number>().Uint32Value();
  mounted_->session->closeBy(base::monotonicNanoseconds() + milliseconds * uint64_t{1'000'000});
}

void NativeSession::endBySignals(const Napi::CallbackInfo&) {
  EndGuard::instance().add(id_, [mounted = mounted_] { mounted->endWithin(kGuardedCloseNs); });
}

void NativeSession::abort(const Napi::CallbackInfo&) { mounted_->abort(); }

void NativeSession::abandonWorker(const Napi::CallbackInfo& info) {
  mounted_->session->abandonWorker(info[0].As<Napi::Number>().Uint32Value());
}

Napi::Value NativeSession::isSeatFree(const Napi::CallbackInfo& info) {
  const bool isFree = mounted_->session->isSeatFree(info[0].As<Napi::Number>().Uint32Value());
  return Napi::Boolean::New(info.Env(), isFree);
}

void NativeSession::interruptWorker(const Napi::CallbackInfo& info) {
  mounted_->session->interruptWorker(info[0].As<Napi::Number>().Uint32Value());
}

void NativeSession::close(const Napi::CallbackInfo&) {
  EndGuard::instance().remove(id_);
  mounted_->session->stop();
  mounted_->session->sever();
  SessionRegistry::instance().remove(id_);
  // After stop(), which has joined the thread that calls it.
  if (onStuck_) onStuck_.Release();
  onStuck_ = {};
  mounted_->session->giveBack();
}

Napi::Value NativeSession::lockCounts(const Napi::CallbackInfo& info) {
  const node::LockManager& locks = mounted_->session->locks();
  Napi::Object counts = Napi::Object::New(info.Env());
  counts.Set("held", Napi::Number::New(info.Env(), static_cast<double>(locks.held())));
  counts.Set("waiting", Napi::Number::New(info.Env(), static_cast<double>(locks.waiting())));
  return counts;
}

Napi::Value NativeSession::backingCounts(const Napi::CallbackInfo& info) {
  return napi::backingCounts(info.Env(), mounted_->session->backingFiles().counts());
}

Napi::Value NativeSession::lookupCount(const Napi::CallbackInfo& info) {
  auto nodeid = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  auto count = mounted_->session->nodes().lookupCount(nodeid);
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value NativeSession::nodeCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(mounted_->session->nodes().size()));
}

Napi::Value NativeSession::unusedCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<double>(mounted_->session->nodes().unusedCount()));
}

Napi::Value NativeSession::underflows(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<double>(mounted_->session->nodes().underflows()));
}

}  // namespace fuseloop::napi
