#include "device/reply-writer.hpp"

#include <array>
#include <cerrno>

#include "device/fuse-wire.hpp"

namespace fuseloop::device {

using ring::RequestRing;
namespace control = ring::control;
namespace layout = ring::slot;

int ReplyWriter::answer(uint32_t slot, std::span<const uint8_t> external) {
  // Acq_rel: of all who try, one gets the unique, and it sees the request as the reader wrote it.
  uint64_t unique = ring_.unique(slot).exchange(0, std::memory_order_acq_rel);
  if (unique == 0) {
    requests_.end(slot);
    ring_.counter(control::kLateReplies).fetch_add(1, std::memory_order_relaxed);
    return ring_.slotWord(slot, layout::kInterrupted).load(std::memory_order_relaxed) != 0
               ? -EINTR
               : -ETIMEDOUT;
  }
  uint8_t* memory = ring_.slot(slot);
  auto error = loadWire<int32_t>(memory, layout::kError);
  uint32_t body = error == 0 ? loadWire<uint32_t>(memory, layout::kBodyLength) : 0;
  uint32_t payload = error == 0 ? loadWire<uint32_t>(memory, layout::kPayloadLength) : 0;
  std::array<iovec, 3> pieces;
  pieces[1] = {memory + layout::kBody, body};
  if (error == 0 && !external.empty()) {
    payload = static_cast<uint32_t>(external.size());
    // writev(2) does not write through its pieces.
    pieces[2] = {const_cast<uint8_t*>(external.data()), payload};
  } else {
    pieces[2] = {memory + layout::kPayload, payload};
  }
  OutHeader header{static_cast<uint32_t>(sizeof(OutHeader)) + body + payload, error, unique};
  pieces[0] = {&header, sizeof header};
  int result = 0;
  if (own_.isOwn(unique)) {
    own_.settle(unique, error);
  } else {
    result = send(pieces);
  }
  requests_.end(slot);
  return result;
}

int ReplyWriter::answerError(uint32_t slot, int error) {
  uint64_t unique = ring_.unique(slot).exchange(0, std::memory_order_acq_rel);
  if (unique == 0) return -ENOENT;
  int result = answerUnique(unique, error);
  requests_.end(slot);
  return result;
}

int ReplyWriter::answerTaken(uint32_t slot, uint64_t unique, int error) {
  int result = answerUnique(unique, error);
  requests_.end(slot, unique);
  return result;
}

int ReplyWriter::answerUnique(uint64_t unique, int error) {
  if (own_.isOwn(unique)) {
    own_.settle(unique, error);
    return 0;
  }
  OutHeader header{sizeof(OutHeader), error, unique};
  std::array<iovec, 1> pieces{{{&header, sizeof header}}};
  return send(pieces);
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
