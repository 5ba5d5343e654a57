#include "device/reply-writer.hpp"

#include <array>
#include <cerrno>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

using ring::RequestRing;
namespace control = ring::control;
namespace layout = ring::slot;

int ReplyWriter::answer(uint32_t worker, uint32_t slot, std::span<const uint8_t> external) {
  // Acq_rel: of all who try, one gets the unique, and it sees the request as the reader wrote it.
  uint64_t unique = ring_.unique(slot).exchange(0, std::memory_order_acq_rel);
  if (unique == 0) {
    requests_.end(slot);
    ring_.counter(control::kLateReplies).fetch_add(1, std::memory_order_relaxed);
    return ring_.slotWord(slot, layout::kInterrupted).load(std::memory_order_relaxed) != 0
               ? -EINTR
               : -ETIMEDOUT;
  }
  const uint8_t* memory = ring_.slot(slot);
  Reply reply{unique, loadWire<int32_t>(memory, layout::kError), {}, {}};
  if (reply.error == 0) {
    reply.body = {memory + layout::kBody, loadWire<uint32_t>(memory, layout::kBodyLength)};
    reply.payload = external;
    if (external.empty())
      reply.payload = {memory + layout::kPayload,
                       loadWire<uint32_t>(memory, layout::kPayloadLength)};
  }
  const int result = send(worker, slot, reply);
  requests_.end(slot);
  return result;
}

int ReplyWriter::send(uint32_t worker, uint32_t slot, const Reply& reply) {
  if (own_.isOwn(reply.unique)) {
    own_.settle(reply.unique, reply.error);
    return 0;
  }
  if (transport_.carries(slot)) {
    transport_.answer(worker, slot, reply);
    return 0;
  }
  const size_t length = sizeof(OutHeader) + reply.body.size() + reply.payload.size();
  OutHeader header{static_cast<uint32_t>(length), reply.error, reply.unique};
  // writev(2) does not write through its pieces.
  const auto piece = [](std::span<const uint8_t> bytes) {
    return iovec{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  };
  const std::array<iovec, 3> pieces{
      {{&header, sizeof header}, piece(reply.body), piece(reply.payload)}};
  return send(pieces);
}

int ReplyWriter::answerError(uint32_t slot, int error) {
  uint64_t unique = ring_.unique(slot).exchange(0, std::memory_order_acq_rel);
  if (unique == 0) return -ENOENT;
  int result = send(kNoWorker, slot, {unique, error, {}, {}});
  requests_.end(slot);
  return result;
}

int ReplyWriter::answerTaken(uint32_t slot, uint64_t unique, int error) {
  int result = send(kNoWorker, slot, {unique, error, {}, {}});
  requests_.end(slot, unique);
  return result;
}

int ReplyWriter::answerUnique(uint64_t unique, int error) {
  if (own_.isOwn(unique)) {
    own_.settle(unique, error);
    return 0;
  }
  if (transport_.answerParked(unique, error)) return 0;
  OutHeader header{sizeof(OutHeader), error, unique};
  std::array<iovec, 1> pieces{{{&header, sizeof header}}};
  return send(pieces);
}

void ReplyWriter::release(uint32_t slot, uint32_t worker) {
  transport_.release(slot, worker);
  onFree_();
}

void ReplyWriter::requestAgain(uint64_t interrupt) {
  OutHeader header{sizeof(OutHeader), -EAGAIN, interrupt};
  std::array<iovec, 1> pieces{{{&header, sizeof header}}};
  // Refused when the request has been answered; that is no refusal of an answer.
  device_.writev(pieces);
}

int ReplyWriter::send(std::span<const iovec> pieces) {
  ssize_t count = device_.writev(pieces);
  if (count >= 0) return 0;
  if (count == -ENOENT)
    ring_.counter(control::kRefusedReplies).fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(count);
}

}  // namespace fuseloop::device
