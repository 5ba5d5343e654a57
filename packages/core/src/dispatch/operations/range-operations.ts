// Operations on ranges of open files: FALLOCATE, LSEEK, COPY_FILE_RANGE and COPY_FILE_RANGE_64. No handler ever
// gets a rounded offset: what is beyond 2^53-1 is behind the end of the file to read from, and EFBIG to write to.

import { FsError } from '../../inode/index.js'
import {
  decodeCopyFileRange,
  decodeFallocate,
  decodeLseek,
  encodeCopyFileRangeOut,
  encodeLseekOut,
  encodeWriteOut,
  FuseCopyFileRangeOut,
  FuseLseekOut,
  FuseWriteOut,
  Opcode,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { answerNothing, HANDLE_FIRST, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkCount } from '../results.js'
import type { Serving } from '../serving.js'

const DATA = { class: OperationClass.DATA, expectsReply: true, handle: HANDLE_FIRST } as const
/** What a 32-bit count can tell; Linux asks for no more by COPY_FILE_RANGE (fs/fuse/file.c, since 6.18). */
const MAX_COUNT_32 = 0xffff_f000

const fallocate: Operation = {
  ...DATA,
  opcode: Opcode.FALLOCATE,
  method: 'fallocate',
  invoke(serving, request) {
    const { fhLow, fhHigh, offset, length, mode } = decodeFallocate(serving.reader)
    if (!Number.isSafeInteger(offset + length)) throw new FsError('EFBIG')
    const file = serving.file(request.nodeid, fhLow, fhHigh, 0)
    return serving.handlers.fallocate?.(file, mode, offset, length, request.context)
  },
  encode: answerNothing,
}

const lseek: Operation = {
  class: OperationClass.METADATA,
  expectsReply: true,
  handle: HANDLE_FIRST,
  opcode: Opcode.LSEEK,
  method: 'lseek',
  cancellable: true,
  invoke(serving, request) {
    const { fhLow, fhHigh, offset, whence } = decodeLseek(serving.reader)
    // Behind the end of any file that a handler could name there is neither data nor a hole (lseek(2)).
    if (offset === undefined) throw new FsError('ENXIO')
    const file = serving.file(request.nodeid, fhLow, fhHigh, 0)
    return serving.handlers.lseek?.(file, offset, whence, request.context)
  },
  encode(serving, request, result) {
    encodeLseekOut(serving.replyBody(request), 0, result as number | bigint)
    request.answer(0, FuseLseekOut.byteLength, 0)
  },
}

function copy(serving: Serving, request: Request, most: number): unknown {
  const given = decodeCopyFileRange(serving.reader)
  if (given.hasFlags) throw new FsError('EINVAL')
  request.most = 0
  if (given.offsetIn === undefined) return 0
  // The reader has sent the request to the source's worker; the kernel copies by itself after EXDEV.
  if (serving.handles.isElsewhere(given.fhInHigh) || serving.handles.isElsewhere(given.fhOutHigh))
    throw new FsError('EXDEV', 'the files are open in different workers')
  const source = serving.file(request.nodeid, given.fhInLow, given.fhInHigh, 0)
  const target = serving.file(given.nodeidOut, given.fhOutLow, given.fhOutHigh, 0)
  const end = Math.max(given.offsetIn, given.offsetOut)
  // To copy less than was asked is always allowed, and no offset on the way is rounded.
  request.most = Math.min(given.length, most, Number.MAX_SAFE_INTEGER - end)
  return serving.handlers.copy_file_range?.(
    source,
    given.offsetIn,
    target,
    given.offsetOut,
    request.most,
    request.context,
  )
}

const copyFileRange: Operation = {
  ...DATA,
  opcode: Opcode.COPY_FILE_RANGE,
  method: 'copy_file_range',
  invoke: (serving, request) => copy(serving, request, MAX_COUNT_32),
  encode(serving, request, result) {
    const count = checkCount(result, request.most, 'copy_file_range')
    encodeWriteOut(serving.replyBody(request), 0, count)
    request.answer(0, FuseWriteOut.byteLength, 0)
  },
}

const copyFileRange64: Operation = {
  ...DATA,
  opcode: Opcode.COPY_FILE_RANGE_64,
  method: 'copy_file_range',
  invoke: (serving, request) => copy(serving, request, Number.MAX_SAFE_INTEGER),
  encode(serving, request, result) {
    const count = checkCount(result, request.most, 'copy_file_range')
    encodeCopyFileRangeOut(serving.replyBody(request), 0, count)
    request.answer(0, FuseCopyFileRangeOut.byteLength, 0)
  },
}

export const RANGE_OPERATIONS: readonly Operation[] = [
  fallocate,
  lseek,
  copyFileRange,
  copyFileRange64,
]
