#include "device/queue-connection.hpp"

#include <cerrno>
#include <stdexcept>

#include "device/queue-handle.hpp"

namespace fuseloop::device {

QueueConnection::QueueConnection(QueueEventSink events) : events_(std::move(events)) {}

std::unique_ptr<QueueHandle> QueueConnection::openHandle() {
  std::lock_guard lock(mutex_);
  handles_.try_emplace(++lastHandle_);
  return std::make_unique<QueueHandle>(shared_from_this(), lastHandle_);
}

uint64_t QueueConnection::mount(std::vector<uint8_t> init) {
  std::lock_guard lock(mutex_);
  if (state_ != State::kNotMounted) throw std::invalid_argument("mounted already, or ended");
  state_ = State::kInitializing;
  RequestList single;
  initToken_ = add(single, std::move(init), SendKind::kBackground, {0, kInitOutLength});
  dispatch(single, single.begin());
  return initToken_;
}

uint64_t QueueConnection::send(std::vector<uint8_t> message, SendKind kind, ReplyBounds bounds) {
  std::lock_guard lock(mutex_);
  RequestList single;
  uint64_t token = add(single, std::move(message), kind, bounds);
  admit(single);
  return token;
}

void QueueConnection::forget(ForgetOne forget) {
  std::lock_guard lock(mutex_);
  if (state_ != State::kEnded) input_.queueForget(forget);
}

void QueueConnection::signal(uint64_t token) {
  std::lock_guard lock(mutex_);
  if (auto found = requests_.find(token); found != requests_.end()) mark(found->second);
}

bool QueueConnection::kill(uint64_t token) {
  std::lock_guard lock(mutex_);
  auto found = requests_.find(token);
  if (found == requests_.end()) return false;
  RequestRef request = found->second;
  mark(request);
  if (request->place == RequestPlace::kProcessing || request->kind == SendKind::kForced)
    return false;
  finish(listOf(*request), request, -EINTR);
  return true;
}

void QueueConnection::unmount() {
  std::lock_guard lock(mutex_);
  end();
}

void QueueConnection::abort() {
  std::lock_guard lock(mutex_);
  // fs/fuse/control.c fuse_conn_abort_write().
  wasAborted_ |= negotiated_.abortError;
  end();
}

void QueueConnection::setNotificationSink(NotificationSink sink) {
  std::lock_guard lock(mutex_);
  notificationSink_ = std::move(sink);
}

void QueueConnection::repeat(const std::vector<uint8_t>& message, ReplyBounds bounds,
                             uint32_t clients, uint64_t count, QueueLoad::OnDone onDone) {
  if (message.size() < sizeof(InHeader)) throw std::invalid_argument("a message without a header");
  if (clients == 0 || count == 0) throw std::invalid_argument("a load of no requests");
  std::lock_guard lock(mutex_);
  auto load = std::make_shared<QueueLoad>(count, std::move(onDone));
  for (uint32_t client = 0; client < clients && load->sendsAnother(); ++client) {
    RequestList single;
    single.push_back({0, SendKind::kForeground, bounds, message, load});
    admit(single);
  }
}

void QueueConnection::closeHandle(uint32_t handle) {
  std::lock_guard lock(mutex_);
  auto found = handles_.find(handle);
  if (found == handles_.end()) return;
  RequestList requests = found->second.takeAll();
  handles_.erase(found);
  finishAll(requests, -ECONNABORTED);
  // fs/fuse/dev.c fuse_dev_release(): nobody is left who could answer.
  if (handles_.empty()) end();
}

uint64_t QueueConnection::add(RequestList& target, std::vector<uint8_t> message, SendKind kind,
                              ReplyBounds bounds) {
  if (message.size() < sizeof(InHeader)) throw std::invalid_argument("a message without a header");
  target.push_back({++lastToken_, kind, bounds, std::move(message), nullptr});
  requests_.emplace(lastToken_, std::prev(target.end()));
  return lastToken_;
}

/** fs/fuse/dev.c fuse_get_req(). */
void QueueConnection::admit(RequestList& single) {
  RequestRef request = single.begin();
  switch (state_) {
    case State::kEnded:
      finish(single, request, -ENOTCONN);
      break;
    case State::kRefused:
      finish(single, request, -ECONNREFUSED);
      break;
    case State::kServing:
      dispatch(single, request);
      break;
    default:
      if (request->kind == SendKind::kForced)
        dispatch(single, request);
      else
        beforeInit_.splice(beforeInit_.end(), single);
  }
}

void QueueConnection::dispatch(RequestList& from, RequestRef request) {
  if (request->kind == SendKind::kBackground) {
    background_.append(from, request);
    flushBackground();
  } else {
    queue(from, request);
  }
}

void QueueConnection::queue(RequestList& from, RequestRef request) {
  input_.append(from, request);
  if (request->load) return;
  events_({.kind = QueueEventKind::kQueued, .token = request->token, .unique = request->unique()});
}

void QueueConnection::flushBackground() {
  while (background_.activateFirst()) {
    queue(background_.waiting(), background_.waiting().begin());
  }
}

/** The request is over for its sender (fs/fuse/dev.c fuse_request_end()). */
void QueueConnection::finish(RequestList& from, RequestRef request, int error,
                             std::span<const uint8_t> body) {
  input_.dropInterrupt(request);
  background_.finished(*request);
  RequestList finished;
  finished.splice(finished.end(), from, request);
  uint64_t token = request->token;
  requests_.erase(token);
  if (request->load) {
    request->load->failed(error);
  } else {
    if (token == initToken_) initAnswered(error, body);
    if (request->expectsReply())
      events_({.kind = QueueEventKind::kSettled, .token = token, .error = error, .data = body});
  }
  if (state_ != State::kEnded) flushBackground();
}

void QueueConnection::finishAll(RequestList& requests, int error) {
  while (!requests.empty()) finish(requests, requests.begin(), error);
}

void QueueConnection::initAnswered(int error, std::span<const uint8_t> body) {
  if (state_ != State::kInitializing) return;
  std::optional<InitAnswer> answer = error == 0 ? readInitReply(body) : std::nullopt;
  RequestList waiting;
  waiting.splice(waiting.end(), beforeInit_);
  if (!answer) {
    state_ = State::kRefused;
    finishAll(waiting, -ECONNREFUSED);
    return;
  }
  state_ = State::kServing;
  negotiated_ = *answer;
  background_.setLimit(answer->maxBackground);
  while (!waiting.empty()) dispatch(waiting, waiting.begin());
}

/** The client got a signal (fs/fuse/dev.c request_wait_answer()). */
void QueueConnection::mark(RequestRef request) {
  if (!takesInterrupts_) return;
  request->isInterrupted = true;
  if (request->place == RequestPlace::kProcessing) interrupt(request);
}

void QueueConnection::interrupt(RequestRef request) {
  if (takesInterrupts_) input_.queueInterrupt(request);
}

/** fs/fuse/dev.c fuse_abort_conn(). */
void QueueConnection::end() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  // They have not entered the lists yet (fs/fuse/dev.c fuse_get_req()).
  finishAll(beforeInit_, -ENOTCONN);
  RequestList requests;
  requests.splice(requests.end(), background_.waiting());
  requests.splice(requests.end(), input_.pending());
  for (auto& [id, processing] : handles_) requests.splice(requests.end(), processing.takeAll());
  finishAll(requests, -ECONNABORTED);
  input_.end();
  events_({.kind = QueueEventKind::kEnded, .error = wasAborted_ ? 1 : 0});
}

RequestList& QueueConnection::listOf(const QueueRequest& request) {
  switch (request.place) {
    case RequestPlace::kBeforeInit:
      return beforeInit_;
    case RequestPlace::kBackground:
      return background_.waiting();
    case RequestPlace::kPending:
      return input_.pending();
    default:
      return handles_.at(request.handle).listOf(request.unique());
  }
}

}  // namespace fuseloop::device
