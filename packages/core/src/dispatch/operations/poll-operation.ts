// POLL: answered at once by what is there now; who waits for more is woken by NOTIFY_POLL and asks again
// (fs/fuse/file.c fuse_file_poll()).

import { decodePoll, encodePollOut, FusePollOut, Opcode, PollFlag } from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { HANDLE_FIRST, type Operation } from '../operation.js'
import { badResult } from '../results.js'

const MAX_EVENTS = 0xffff

export const POLL_OPERATION: Operation = {
  opcode: Opcode.POLL,
  method: 'poll',
  class: OperationClass.METADATA,
  expectsReply: true,
  cancellable: true,
  handle: HANDLE_FIRST,
  invoke(serving, request) {
    const given = decodePoll(serving.reader)
    const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
    const waiter =
      (given.flags & PollFlag.SCHEDULE_NOTIFY) === 0
        ? undefined
        : serving.pollHandles.get(given.khLow, given.khHigh)
    return serving.handlers.poll?.(file, given.events, waiter, request.context)
  },
  encode(serving, request, revents) {
    if (
      typeof revents !== 'number' ||
      !Number.isInteger(revents) ||
      revents < 0 ||
      revents > MAX_EVENTS
    )
      throw badResult('poll: the events are no integer from 0 to 65535')
    encodePollOut(serving.replyBody(request), 0, revents)
    request.answer(0, FusePollOut.byteLength, 0)
  },
}
